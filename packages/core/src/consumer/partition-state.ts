import type { StoredFailure } from './failure-info.ts'
import type { SliceRange } from './slices.ts'
import { emptyTally, type Tally } from './tally.ts'

/** What is stored of a partition. Its text is unique: every write raises `revision`. */
export interface PartitionState extends SliceRange {
  readonly index: number
  /** Raised by every claim. */
  readonly epoch: number
  readonly revision: number
  /** The run that works on it; null where it is free. */
  readonly owner: string | null
  /** Everything up to here was processed, or is not for this partition. */
  readonly position: number
  /** The last event that was really processed. */
  readonly event: { readonly position: number; readonly id: string } | null
  /** Slices of which more than up to `position` was processed, before partitions were changed. */
  readonly ahead: readonly SlicesAhead[]
  /** Events that were handled or applied, once per key. */
  readonly handled: Tally
  /** Events that were given up by the policy `skip`, once per key. */
  readonly skipped: Tally
  /** Why it stands still until somebody starts or resumes. */
  readonly failed: StoredFailure | null
}

export interface SlicesAhead extends SliceRange {
  readonly position: number
}

export function newPartition(index: number, { from, to }: SliceRange, position: number): PartitionState {
  return {
    index,
    from,
    to,
    epoch: 0,
    revision: 0,
    owner: null,
    position,
    event: null,
    ahead: [],
    handled: emptyTally,
    skipped: emptyTally,
    failed: null,
  }
}

export function parsePartition(text: string): PartitionState {
  return JSON.parse(text) as PartitionState
}

/** Moved to `position`, without what lies behind it now. */
export function movedTo(state: PartitionState, position: number): PartitionState {
  const ahead =
    state.ahead.length === 0 ? state.ahead : state.ahead.filter((slices) => slices.position > position)
  return { ...state, position, ahead }
}
