import { checkCount } from '../check-count.ts'
import { InvalidInputError } from '../errors.ts'
import type { SnapshotMoment, SnapshotOptions } from './snapshot-options.ts'

const defaultEvery = 100

/**
 * Whether a snapshot is due, as a function.
 *
 * @throws InvalidInputError `invalid-option`
 */
export function snapshotPolicy<State>(
  options: SnapshotOptions<State>,
): (moment: SnapshotMoment<State>) => boolean {
  const { everyCharacters, olderThan, when } = options
  const isOpen = everyCharacters === undefined && olderThan === undefined && when === undefined
  const every = options.every ?? (isOpen ? defaultEvery : undefined)
  if (every !== undefined) checkCount(every, 'snapshots.every', 1)
  if (everyCharacters !== undefined) checkCount(everyCharacters, 'snapshots.everyCharacters', 1)
  if (olderThan !== undefined && !(olderThan >= 0)) {
    throw new InvalidInputError(
      'invalid-option',
      `snapshots.olderThan is ${String(olderThan)}; it must be a number of milliseconds from 0.`,
    )
  }
  return (moment) =>
    (every !== undefined && moment.eventsSince >= every) ||
    (everyCharacters !== undefined && moment.charactersSince >= everyCharacters) ||
    (olderThan !== undefined && (moment.age ?? Number.POSITIVE_INFINITY) >= olderThan) ||
    when?.(moment) === true
}
