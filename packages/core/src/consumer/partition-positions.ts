import type { PartitionState } from './partition-state.ts'
import { sliceCount, sliceOf } from './slices.ts'

type Positions = readonly Pick<PartitionState, 'from' | 'to' | 'position' | 'ahead'>[]

/** Everything up to here has been done in all partitions. */
export function slowestPosition(partitions: Positions): number {
  return partitions.length === 0 ? 0 : Math.min(...partitions.map(({ position }) => position))
}

/** Nothing after this has been done in any partition. */
export function fastestPosition(partitions: Positions): number {
  return Math.max(0, ...positionsBySlice(partitions))
}

/** Up to where a key has been processed. */
export function positionOfKey(partitions: Positions, key: string): number {
  return positionOfSlice(partitions, sliceOf(key))
}

/**
 * The position that `next` has to reach to be as far as `old` with every key; undefined if it is.
 */
export function missingPosition(old: Positions, next: Positions): number | undefined {
  const reached = positionsBySlice(next)
  const missing = positionsBySlice(old).filter((position, slice) => position > (reached[slice] as number))
  return missing.length === 0 ? undefined : Math.max(...missing)
}

function positionsBySlice(partitions: Positions): readonly number[] {
  return Array.from({ length: sliceCount }, (_, slice) => positionOfSlice(partitions, slice))
}

function positionOfSlice(partitions: Positions, slice: number): number {
  const state = partitions.find(({ from, to }) => slice >= from && slice < to)
  if (state === undefined) return 0
  const ahead = state.ahead.filter(({ from, to }) => slice >= from && slice < to)
  return Math.max(state.position, ...ahead.map(({ position }) => position))
}
