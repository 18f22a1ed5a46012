import type { EventStore } from '../store/event-store.ts'
import { personalAdapterOf } from './personal-adapter-of.ts'
import { subjectEvents } from './subject-events.ts'

export interface PersonalEvent {
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly recordedAt: Date
  /** What is personal in it, by field, as it was stored; empty once the subject is forgotten. */
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * What is known of a person, and may have to be told to them: the events that have something personal of them, in the
 * order of the log. Reads a page at a time.
 *
 * @throws InvalidInputError `invalid-option`: the store was opened without `privacy`; and the errors of the stores
 * @example
 * for await (const { type, data } of personalEvents(store, 'customer-7')) print(type, data)
 */
export async function* personalEvents<Transaction>(
  store: EventStore<Transaction>,
  subject: string,
): AsyncGenerator<PersonalEvent, void, undefined> {
  const personal = personalAdapterOf(store)
  for await (const event of subjectEvents(personal, subject)) {
    const { stream, version, type, recordedAt } = event
    const data = await personal.personalIn(event)
    yield { stream, version, type, recordedAt: new Date(recordedAt), data }
  }
}
