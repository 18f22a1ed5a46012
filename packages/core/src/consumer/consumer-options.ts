import type { RecordedEvent } from '../event/event.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import type { ConsumerStatus } from './consumer-status.ts'

/** What happens when an event has failed for good. */
export type FailurePolicy = 'stop' | 'skip' | 'park'

/** Where a consumer begins when it is started for the first time; later it goes on from its checkpoint. */
export type ConsumerStart = 'beginning' | 'now' | number

export interface RetryOptions {
  /** How often an event is tried in all before the policy decides. Default 5. Transient errors do not count. */
  readonly attempts?: number
  /** Pause after the first failure, in milliseconds; it doubles each time, and is shortened at random. Default 100. */
  readonly firstPause?: number
  /** Longest pause, in milliseconds. Default 30,000. */
  readonly longestPause?: number
  /**
   * Whether an error passes by itself, so that the event is tried for ever. Default: errors of Eventfold that are
   * `retryable`, such as a store that cannot be reached or a lock that is not free.
   */
  readonly isTransient?: (error: unknown) => boolean
}

export interface ConsumerOptions {
  /** Which events it reads, filtered in the store. Default: all. */
  readonly filter?: LogFilter
  /** Default `'beginning'`. `'now'`: after what is readable at the first start. A number: after that position. */
  readonly from?: ConsumerStart
  /**
   * Over how many partitions the events are spread by key, so that up to so many instances work at once. Default: what
   * is stored, at first 1. Another number than is stored repartitions the consumer at the start; nothing needs to be
   * stopped for it. Up to 1,024.
   */
  readonly partitions?: number
  /** What happens when an event has failed for good. Default `'stop'`. */
  readonly onFailure?: FailurePolicy
  readonly retry?: RetryOptions
  /** How long one call of the processor may take, in milliseconds. Default 30,000. */
  readonly handlerTimeout?: number
  /**
   * How long after its last sign of life an instance is taken for dead, in milliseconds, by the clock of the database.
   * It gives one three times as often. Default 10,000.
   */
  readonly leaseTime?: number
  /** How long `stop` waits for the processor before it aborts it, in milliseconds. Default 10,000. */
  readonly stopTimeout?: number
  /**
   * Most events of a batch; fewer where events are large. Default 1,000 for `apply`. For `handle`, which has no
   * transaction to share, 400: what is read ahead of it takes memory.
   */
  readonly batchSize?: number
  /** Longest time between two looks at the log where no wake-up comes, in milliseconds. Default 1,000. */
  readonly pollInterval?: number
  /** Live, events within this time of the batch before are read together, in milliseconds. Default 10. */
  readonly batchInterval?: number
  /** Called when the state of this instance changes. */
  readonly onStateChange?: (change: ConsumerStateChange) => void
  /** Called for every failure: of an event, also where it will be tried again, and of the store. */
  readonly onError?: (error: unknown, failure: FailureReport) => void
  /** Called whenever a partition has advanced: once per batch. */
  readonly onProgress?: (progress: ConsumerProgress) => void
  /** Names this instance, for status and logs. Default: a random UUID. Two that run must differ. */
  readonly instance?: string
  /** Between 0 and 1, for the jitter of pauses. */
  readonly random?: () => number
}

export interface ConsumerStateChange {
  readonly from: ConsumerStatus['state']
  readonly to: ConsumerStatus['state']
  /** Why it failed or retries. */
  readonly error?: unknown
}

export interface ConsumerProgress {
  readonly partition: number
  readonly position: number
  /** How many events were handled just now. */
  readonly events: number
}

export interface FailureReport {
  readonly partition?: number
  /** The event that failed, where it was one, and could be decoded. */
  readonly event?: RecordedEvent
  /** How often it was tried until now. */
  readonly attempt: number
  /** What follows: another attempt, or what the policy says. */
  readonly action: 'retry' | FailurePolicy
}
