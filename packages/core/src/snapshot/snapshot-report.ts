/** What `Snapshots.verify` found. */
export interface SnapshotReport {
  /** Snapshots that were compared with the fold of their events. */
  readonly checked: number
  /** Those that say something else. It is the snapshots that are wrong. */
  readonly differences: readonly SnapshotDifference[]
  /** Those that loads ignore: damaged, not to be decoded, or taken of events that the stream does not hold. */
  readonly ignored: readonly IgnoredSnapshot[]
}

export interface SnapshotDifference {
  readonly id: string
  readonly version: number
  /** The states. */
  readonly snapshot: unknown
  readonly folded: unknown
}

export interface IgnoredSnapshot {
  readonly id: string
  readonly kind: 'damaged' | 'undecodable' | 'diverged'
}
