import type { ConsumerRun } from './consumer-run.ts'
import type { PartitionState } from './partition-state.ts'
import { partOfSlices, type SliceRange, sliceOf } from './slices.ts'

/** How far a run in this process is in all partitions that have these keys; undefined if it does not have them all. */
export function localProgress<Transaction>(
  run: ConsumerRun<Transaction> | undefined,
  keys: readonly string[] | undefined,
): number | undefined {
  const partitions = run?.share.partitions
  if (run === undefined || partitions === undefined) return undefined
  const { runners } = run.share
  let least = Number.MAX_SAFE_INTEGER
  for (let index = 0; index < partitions; index++) {
    const range = partOfSlices(index, partitions)
    if (!concerns(range, keys)) continue
    const runner = runners.find((candidate) => candidate.index === index)
    if (runner === undefined || !runner.has(range)) return undefined
    least = Math.min(least, runner.context.position)
  }
  return least
}

/** How far the fleet is in all partitions that have these keys, by what is stored, and what is known here. */
export function storedProgress<Transaction>(
  partitions: readonly PartitionState[],
  run: ConsumerRun<Transaction> | undefined,
  keys: readonly string[] | undefined,
): number {
  const runners = run?.share.runners ?? []
  const positions = partitions
    .filter((state) => concerns(state, keys))
    .map(({ index, epoch, position }) => {
      const runner = runners.find((candidate) => candidate.index === index && candidate.epoch === epoch)
      return Math.max(position, runner?.context.position ?? 0)
    })
  return positions.length === 0 ? 0 : Math.min(...positions)
}

function concerns({ from, to }: SliceRange, keys: readonly string[] | undefined): boolean {
  if (keys === undefined) return true
  return keys.some((key) => {
    const slice = sliceOf(key)
    return slice >= from && slice < to
  })
}
