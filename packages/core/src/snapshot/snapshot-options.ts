import type { JsonValue } from '../event/event.ts'

/**
 * When a repository takes snapshots, and of what. Any of the conditions that are given is enough; without one, a
 * snapshot is taken every 100 events.
 */
export interface SnapshotOptions<State> {
  /** Events that were folded since the last snapshot. */
  readonly every?: number
  /** Characters of stored data that were folded since the last snapshot: for events of very different size. */
  readonly everyCharacters?: number
  /** Milliseconds since the last snapshot, where an event has come since. */
  readonly olderThan?: number
  /** Whatever else you like to go by. Asked on every load that found events after the last snapshot. */
  readonly when?: (moment: SnapshotMoment<State>) => boolean
  /**
   * Version of what the state looks like and means. Default 1. Raise it where `evolve` calls something whose change
   * its own text does not show: snapshots of another version, or of another text, are not even decoded.
   */
  readonly stateVersion?: number
  /** How many snapshots of an aggregate are kept, up to 10. Default 1. More are of use to loads of earlier versions. */
  readonly keep?: number
  /** For a state that is not JSON, such as one with a `Map` or a `Date`, together with `fromJson`. */
  readonly toJson?: (state: State) => JsonValue
  readonly fromJson?: (json: JsonValue) => State
  /** Hears of snapshots that were ignored, and of those that could not be read or written. No load fails of it. */
  readonly onProblem?: (problem: SnapshotProblem) => void
}

/** What a policy goes by. */
export interface SnapshotMoment<State> {
  readonly id: string
  readonly state: State
  readonly version: number
  /** Since the last snapshot; from the first event on, where there is none. */
  readonly eventsSince: number
  readonly charactersSince: number
  /** Milliseconds since the last snapshot was taken; undefined where there is none. */
  readonly age: number | undefined
}

export interface SnapshotProblem {
  /**
   * - `damaged`: its text is not what was written
   * - `undecodable`: `fromJson`, or the codec, refused it
   * - `diverged`: the stream does not hold the event that it was taken at, as after a restored backup, or where it was removed
   * - `not-read`: the storage of the snapshots failed
   * - `not-written`: the same, or the state cannot be carried by JSON
   */
  readonly kind: 'damaged' | 'undecodable' | 'diverged' | 'not-read' | 'not-written'
  readonly stream: string
  readonly error?: unknown
}
