/**
 * - `stopped`: does not run here
 * - `starting`: `start` is under way
 * - `standby`: runs, and others have all partitions; it takes over when one of them ends or dies
 * - `catching-up`: works on the backlog
 * - `live`: has processed everything there is
 * - `retrying`: an event, or the store, fails and is tried again
 * - `paused`: until `resume`, the whole fleet
 * - `failed`: stopped by an error; `start` or `resume` of this instance tries again
 */
export type ConsumerState =
  | 'stopped'
  | 'starting'
  | 'standby'
  | 'catching-up'
  | 'live'
  | 'retrying'
  | 'paused'
  | 'failed'

export interface ConsumerStatus {
  readonly name: string
  /** Of this instance; `failed` also where a partition of another instance has failed. */
  readonly state: ConsumerState
  /**
   * False when it has failed, when its loops give no sign of life, when it does not advance although there are events,
   * or while the last call of the processor has timed out. An instance that is stopped or paused is healthy.
   */
  readonly healthy: boolean
  readonly partitions: readonly PartitionStatus[]
  /** Names of the instances that are alive, in the whole fleet. */
  readonly instances: readonly string[]
  /** How many events are parked. */
  readonly parked: number
  readonly lag: ConsumerLag
  /** Why it has failed or retries. */
  readonly error: FailureInfo | undefined
  /** When an instance in this process last moved a checkpoint, by the clock of this process. */
  readonly lastProgressAt: Date | undefined
}

export interface PartitionStatus {
  readonly index: number
  /** Name of the instance that works on it. */
  readonly owner: string | undefined
  /** Whether that is this instance. */
  readonly mine: boolean
  /** Everything up to here was processed, parked, skipped, or is not for this partition. */
  readonly position: number
  /** How many events it has handled, once per key, since the first start. */
  readonly handled: number
  /** How many events were given up by the policy `skip`, once per key. */
  readonly skipped: number
  /** Why it has stopped. */
  readonly failed: FailureInfo | undefined
}

export interface ConsumerLag {
  /** How many positions the slowest partition is behind: an upper bound of the events. */
  readonly events: number
  /** Age of the oldest event that is not processed, in seconds, by the clock of the database; 0 when there is none. */
  readonly seconds: number
}

/** An error as it is stored. */
export interface FailureInfo {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  /** Position of the event that failed. */
  readonly position?: number
  readonly at: Date
}

/** An event that is held back: it has failed, or is behind one with the same key that has. */
export interface ParkedEvent {
  readonly key: string
  readonly position: number
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly reason: 'failed' | 'behind'
  /** Why it failed, last. */
  readonly error: FailureInfo | undefined
  /** How often it was tried. */
  readonly attempts: number
  /** By the clock of the database. */
  readonly parkedAt: Date
}
