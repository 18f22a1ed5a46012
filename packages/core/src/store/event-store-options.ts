import type { Clock, IdSource } from '../event/clock.ts'
import type { Codec } from '../event/codec.ts'
import type { Upcasters } from '../event/define-upcasters.ts'
import type { EventMetadata, NewEvent, RecordedEvent } from '../event/event.ts'
import type { ExpectedVersion } from '../event/expected-version.ts'
import type { PrivacyOptions } from '../privacy/privacy-options.ts'
import type { LogFilter } from './store-adapter.ts'

export interface EventStoreOptions {
  /** How data and metadata become text. Default: strict JSON. */
  readonly codec?: Codec
  /**
   * How events of old schema versions are read, by whatever reads them: loads, subscriptions, consumers, projections and
   * sagas. Default: as they are stored.
   */
  readonly upcasters?: Upcasters
  /** What is personal is kept under keys, so that a person can be forgotten. Default: it is stored as it is. */
  readonly privacy?: PrivacyOptions
  /** Default: the system's. The stores record events by the clock of their database. */
  readonly clock?: Clock
  /** Default: UUID version 7. Ids should grow with time: random ones slow large stores down. */
  readonly newId?: IdSource
  /** Largest data, and largest metadata, of one event, in bytes of its text. Default 1 MiB. */
  readonly maxEventBytes?: number
  /** Most events of one append. Default 10,000. */
  readonly maxEventsPerAppend?: number
  /**
   * How often an append is tried again, with the same event ids, after `StoreUnavailableError`. Default 3, with
   * 50, 100, 200 … ms between. Inside a transaction never.
   */
  readonly retries?: number
}

export interface AppendOptions<Transaction = unknown> {
  /** Default `'any'`. */
  readonly expected?: ExpectedVersion
  /** For all events of the call; an event's own fields win. */
  readonly metadata?: EventMetadata
  /** An open transaction of the same storage. The events belong to it. */
  readonly transaction?: Transaction
}

/** Events for one of several streams. */
export interface StreamAppend {
  readonly stream: string
  readonly events: readonly NewEvent[]
  /** Default `'any'`. */
  readonly expected?: ExpectedVersion
}

export interface AppendResult {
  readonly stream: string
  /** Version of the stream after the append: that of the last event. */
  readonly version: number
  /** Position of the last event. */
  readonly position: number
  /** Ids of the events, in order. */
  readonly eventIds: readonly string[]
  /** Whether the same events had been stored before; then version and position are those of then. */
  readonly duplicate: boolean
}

export interface ReadStreamOptions<Transaction = unknown> {
  /** First version, inclusive. Default 1. */
  readonly from?: number
  /** Last version, inclusive. Default: the end. */
  readonly to?: number
  /** From the `to` end to the `from` end. Default false. */
  readonly backwards?: boolean
  /** Most events to read. Default: all of them, and `StreamTooLongError` beyond 100,000. */
  readonly limit?: number
  /** Reads inside an open transaction, and so what it has appended. */
  readonly transaction?: Transaction
}

export interface ReadLogOptions extends LogFilter {
  /** Only events after this position. Default 0: from the beginning. */
  readonly after?: number
  /** Only events before this position. Default: to the head. */
  readonly before?: number
  /** From the head, or from `before`, down. Default false. */
  readonly backwards?: boolean
  /** Most events of a page. Default 1,000. */
  readonly limit?: number
}

export interface RecordedPage<Event extends RecordedEvent = RecordedEvent> {
  readonly events: readonly Event[]
  /** Where to go on: pass it as `after` (backwards: as `before`). It moves on also where the filter found nothing. */
  readonly next: number
  /** Whether nothing more is readable in this direction for now. */
  readonly end: boolean
}
