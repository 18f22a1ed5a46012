import { type EventStore, personalEvents } from '@eventfold/core'
import { UsageError } from './usage-error.ts'

/** @throws UsageError the store was opened without `privacy` */
export function checkPrivacy({ personal }: EventStore): void {
  if (personal !== undefined) return
  throw new UsageError('This store was opened without `privacy`, so nothing is known of persons.', {
    next:
      'In eventfold.config.ts let the function `store` give `privacy` to openSqlite or openPostgres, as your program ' +
      'does, and say neither --store nor EVENTFOLD_STORE.',
  })
}

/**
 * Keeps a typing mistake from making keys, or from forgetting somebody who is not there.
 *
 * @throws UsageError
 */
export async function checkSubject(store: EventStore, subject: string): Promise<void> {
  checkPrivacy(store)
  const first = await personalEvents(store, subject).next()
  if (first.done === true) throw new UsageError(`Nothing personal of ${subject} was ever stored.`)
}
