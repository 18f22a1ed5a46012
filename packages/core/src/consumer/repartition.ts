import { newPartition, type PartitionState, type SlicesAhead } from './partition-state.ts'
import { type SliceRange, splitSlices } from './slices.ts'
import { addTallies } from './tally.ts'

/**
 * The same progress in another number of partitions. Each begins where the slowest of those ends that it takes slices
 * from, and knows which slices are further. Sums are kept in the first.
 */
export function repartition(old: readonly PartitionState[], count: number): readonly PartitionState[] {
  const epoch = Math.max(...old.map((state) => state.epoch)) + 1
  const revision = Math.max(...old.map((state) => state.revision)) + 1
  return splitSlices(count).map((range, index) => {
    const progress = old.flatMap((state) => progressIn(range, state))
    const position = Math.min(...progress.map((slices) => slices.position))
    const merged: PartitionState = {
      ...newPartition(index, range, position),
      epoch,
      revision,
      event: lastEvent(old.filter((state) => overlaps(state, range))),
      ahead: progress.filter((slices) => slices.position > position),
    }
    if (index > 0) return merged
    return {
      ...merged,
      handled: old.map(({ handled }) => handled).reduce(addTallies),
      skipped: old.map(({ skipped }) => skipped).reduce(addTallies),
    }
  })
}

/** How far the slices of `range` are that a partition has: as a whole, and some of them further. */
function progressIn(range: SliceRange, state: PartitionState): readonly SlicesAhead[] {
  let rest: SliceRange[] = [cut(range, state)].filter(isNotEmpty)
  const further: SlicesAhead[] = []
  for (const slices of state.ahead) {
    const part = cut(range, slices)
    if (!isNotEmpty(part)) continue
    further.push({ ...part, position: slices.position })
    rest = rest.flatMap((piece) => without(piece, part))
  }
  return [...rest.map((piece) => ({ ...piece, position: state.position })), ...further]
}

function cut(a: SliceRange, b: SliceRange): SliceRange {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }
}

function without(piece: SliceRange, part: SliceRange): readonly SliceRange[] {
  return [
    { from: piece.from, to: Math.min(piece.to, part.from) },
    { from: Math.max(piece.from, part.to), to: piece.to },
  ].filter(isNotEmpty)
}

function isNotEmpty({ from, to }: SliceRange): boolean {
  return from < to
}

function overlaps(a: SliceRange, b: SliceRange): boolean {
  return isNotEmpty(cut(a, b))
}

function lastEvent(states: readonly PartitionState[]): PartitionState['event'] {
  const events = states.flatMap(({ event }) => event ?? [])
  return events.reduce<PartitionState['event']>(
    (a, b) => (a === null || b.position > a.position ? b : a),
    null,
  )
}
