import type { ConsumerOptions, EventStore, RecordedEvent } from '@eventfold/core'
import type { Probe } from './probe.ts'

/** What is checked: something that reads the log and has an outcome. */
export interface Subject {
  readonly name: string
  /** What is in the log. */
  readonly events: readonly RecordedEvent[]
  /** Everything outside of the consumer, new for each run. */
  createWorld(storage: EventStore): World
}

export interface World {
  /** One instance of the consumer. Handlers and services go through the probe. */
  createInstance(store: EventStore, probe: Probe, options: InstanceOptions): Instance
  /** The outcome: a value that can be compared. */
  observe(): unknown
}

export type InstanceOptions = Pick<
  ConsumerOptions,
  | 'batchSize'
  | 'partitions'
  | 'pollInterval'
  | 'batchInterval'
  | 'retry'
  | 'random'
  | 'leaseTime'
  | 'stopTimeout'
  | 'onStateChange'
>

/** What a `Consumer` and a read model have in common. */
export interface Instance {
  start(): Promise<void>
  stop(): Promise<void>
  waitFor(
    position: number,
    options: { readonly timeout: number; readonly signal: AbortSignal },
  ): Promise<void>
}
