/** Where a fold can begin, other than before the first event. */
export interface FoldStart<State> {
  readonly state: State
  readonly version: number
  /** Id of the event at `version`, as `readFold` gives it. The stream has to hold it still, and not another one there. */
  readonly anchor: string
  /** Of the last snapshot that is known of. */
  readonly snapshot: SnapshotMark
  /** Of the events after that snapshot, up to `version`. */
  readonly charactersSince: number
  /** Whose personal data is in the state, where it is kept under keys. */
  readonly subjects: readonly string[]
}

/** A snapshot, as far as the decision on the next one goes by it. */
export interface SnapshotMark {
  /** 0 where there is none to go by. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly takenAt?: number | undefined
  /** What is stored, where that is of no use: the next snapshot replaces it, however new it says it is. */
  readonly refuted?: string | undefined
}

/** A place to begin, if there is one. */
export interface FoundStart<State> {
  readonly start: FoldStart<State> | undefined
  readonly snapshot: SnapshotMark
  /** The text that `start` was decoded from, if it was. */
  readonly text?: string | undefined
}
