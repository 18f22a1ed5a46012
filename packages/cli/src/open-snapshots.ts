import type { EventStore } from '@eventfold/core'
import type { EventfoldConfig } from './define-config.ts'
import { UsageError } from './usage-error.ts'
import type { RepositoryShape } from './with-repository.ts'

/** The snapshots of one kind of aggregate. */
export interface OpenSnapshots {
  readonly category: string
  readonly snapshots: NonNullable<RepositoryShape['snapshots']>
}

/**
 * The snapshots of all aggregates of the config that have some, or those of one category.
 *
 * @throws UsageError there are none
 */
export function openSnapshots(
  store: EventStore,
  { aggregates = [] }: EventfoldConfig,
  category: string | undefined,
): readonly OpenSnapshots[] {
  const found = aggregates.flatMap((given): OpenSnapshots[] => {
    if (!('open' in given)) return []
    const { snapshots } = given.open(store)
    return snapshots === undefined ? [] : [{ category: given.definition.category, snapshots }]
  })
  if (found.length === 0) {
    throw new UsageError('The config has no aggregates with snapshots.', {
      next: 'Give them as withRepository(Account, { snapshots: … }) in `aggregates` of eventfold.config.ts.',
    })
  }
  const meant = found.filter((each) => category === undefined || each.category === category)
  if (meant.length > 0) return meant
  throw new UsageError(`The config has no snapshots of ${category}.`, {
    next: `There are some of: ${found.map((each) => each.category).join(', ')}`,
  })
}
