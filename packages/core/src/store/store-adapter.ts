import type { Finding, Inspection } from '../doctor/finding.ts'
import type { ExpectedVersion } from '../event/expected-version.ts'
import type { EncodedEvent, FoldRow, StoredEvent } from '../event/stored-event.ts'
import type { Capabilities } from './capabilities.ts'
import type { DocumentAdapter } from './document-adapter.ts'
import type { MaintenanceAdapter } from './maintenance-adapter.ts'
import type { SqlAdapter } from './sql-adapter.ts'
import type { TransferAdapter } from './transfer-adapter.ts'

/**
 * The port that an adapter implements, over one connection, pool or file. This is its specification; the contract in
 * `@eventfold/testing/contract` checks every sentence of it. Core has validated, normalised and encoded all input.
 *
 * Every method may reject with `StoreClosedError` once `close` was called, with `StoreUnavailableError` while the
 * storage cannot be reached, and with `StoreFailureError` for what nothing else covers. After a rejection nothing
 * of the call is stored, except where `StoreUnavailableError.outcome` is `'unknown'`.
 *
 * @typeParam Transaction what stands for an open transaction of this storage, such as a `pg` client
 */
export interface StoreAdapter<Transaction = unknown> {
  readonly name: string
  readonly capabilities: Capabilities
  /** For projections and consumers. An adapter that keeps events only leaves it out. */
  readonly documents?: DocumentAdapter<Transaction>
  /** For projections that own tables, where the storage speaks SQL. */
  readonly sql?: SqlAdapter<Transaction>
  /** For `exportLog` and `importLog`, which move a store to another storage. */
  readonly transfer?: TransferAdapter
  /** For closing, truncating and archiving streams. An adapter that leaves it out never removes an event. */
  readonly maintenance?: MaintenanceAdapter<Transaction>

  /**
   * Stores all events of all writes, or none, in one atomic step that also checks every expectation. Resolves only
   * when they are durable (without `transaction`) and gives one receipt per write, in order. The streams of one call
   * differ. Versions continue the stream without a gap; positions grow with the versions of a stream.
   *
   * With `transaction` the events belong to it: they appear, with wake-ups, when it commits, and never if it does not.
   *
   * @throws StreamClosedError, ConcurrencyError a stream is closed, or an expectation does not hold: of the first write of
   *   the call for which that is so
   * @throws EventIdConflictError some ids are stored, and not all of them with the same content (see `judgeAppend`)
   * @throws LockTimeoutError, StorageFullError
   */
  append(writes: readonly StreamWrite[], transaction?: Transaction): Promise<readonly StreamReceipt[]>

  /**
   * Takes ahead what the first append of the transaction will take, such as a turn among writers. Core calls it before it
   * locks documents that an append goes with, so that whoever has appended, and goes on to such documents, never waits
   * for one who holds these and waits to append. An adapter that leaves it out has nothing that appends wait for, or takes
   * it with every transaction.
   *
   * @throws LockTimeoutError
   */
  enter?(transaction: Transaction): Promise<void>

  /** The events of one stream in the order of versions; empty if there is no such stream. */
  readStream(query: StreamQuery, transaction?: Transaction): Promise<readonly StoredEvent[]>

  /** The same, but may leave out what a fold does not need. The events of a stream may begin behind version 1. */
  readFold(query: StreamQuery, transaction?: Transaction): Promise<readonly FoldRow[]>

  /** What is known of a stream without reading it; undefined if it has no event. */
  streamInfo(stream: string, transaction?: Transaction): Promise<StreamInfo | undefined>

  /**
   * A page of the whole log in the order of positions, filtered in the storage. Whoever has read up to a position
   * never finds a later event at or before it: events behind a still open append are withheld until that ends.
   *
   * With `transaction`, in which nothing was appended, over its connection, should the storage have several: there may be
   * no other one.
   */
  readLog(query: LogQuery, transaction?: Transaction): Promise<LogPage>

  /** Position of the last event that `readLog` would give now; 0 for an empty log. */
  head(): Promise<number>

  /**
   * Calls `listener` soon after events became readable, by this instance or (see `capabilities.wakeUp`) another.
   * Calls may be merged, lost or spurious: a reader polls as well. A call with writes says that all of these, and only
   * these, were stored; what of others they withheld until then, a reader finds when it looks. Where the adapter knows
   * without a look what stretch of the log they have become, it may say that as well. Resolves once it is in force, with
   * the function that ends it.
   */
  onAppend(listener: AppendListener): Promise<() => Promise<void>>

  /** Wakes the listeners of `onAppend`, as far as a wake-up reaches, without writes. Never fails, may be lost. */
  wakeUp(): void

  /** Milliseconds since 1970, by the clock of the storage: the same for all its instances. */
  now(): Promise<number>

  /**
   * Runs `work` in a new transaction: commits when it resolves, rolls back and rejects with its error when it
   * rejects. Nobody outside sees what it wrote before the commit.
   */
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>

  /** What `doctor` should tell of the storage: settings, damage, size, who is in the way. Changes nothing. */
  inspect?(inspection: Inspection): Promise<readonly Finding[]>

  /** Waits for the calls under way, then releases everything that the adapter opened itself. May be called twice. */
  close(): Promise<void>
}

/**
 * @param writes all that was stored; undefined: that is not known, or there is something else to look at
 * @param stretch the events of these writes, as the log has them
 */
export type AppendListener = (writes?: readonly StreamWrite[], stretch?: LogStretch) => void

/** All that the log has after a position up to the last of some events, and ever will have there. */
export interface LogStretch {
  readonly after: number
  /** Not empty. As `readLog` gives them, without a filter. */
  readonly events: readonly StoredEvent[]
}

export interface TransactionOptions {
  /**
   * Whether the commit waits for the disk. Default true. Without, a crash of the machine may undo the transaction, as
   * a whole and together with everything after it that did not wait either. A storage that its readers may outlive waits
   * nevertheless where the transaction has appended: its positions may have been read, and are not to be given out again.
   */
  readonly durable?: boolean
  /**
   * How long the storage waits for the next call of `work` before it rolls back, in milliseconds, so that a process that
   * stands still holds no locks for ever. Default: as long as it takes. A storage that cannot do that ignores it.
   */
  readonly idleTimeout?: number
  /**
   * Ends the transaction at once when it aborts before the commit has begun: rolls back, makes the handle unusable for
   * a `work` that goes on nevertheless, and rejects with the reason of the signal.
   */
  readonly signal?: AbortSignal | undefined
}

/** Events for one stream. At least one. */
export interface StreamWrite {
  readonly stream: string
  /** A number is at least 1. */
  readonly expected: ExpectedVersion
  readonly events: readonly EncodedEvent[]
}

/** Where the last event of a write was stored, now or (`duplicate`) by an earlier append of the same events. */
export interface StreamReceipt {
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly duplicate: boolean
}

/** Versions are inclusive. At most `limit` events, from the `from` end, or backwards from the `to` end. */
export interface StreamQuery {
  readonly stream: string
  /** At least 1. */
  readonly from: number
  /** `Number.MAX_SAFE_INTEGER` for no bound. */
  readonly to: number
  readonly backwards: boolean
  readonly limit: number
}

/** Both ends are exclusive. At most `limit` events, from the `after` end, or backwards from the `before` end. */
export interface LogQuery {
  /** At least 0. */
  readonly after: number
  /** `Number.MAX_SAFE_INTEGER` for no bound. */
  readonly before: number
  readonly backwards: boolean
  readonly limit: number
  readonly filter: LogFilter
}

/** All parts that are given must hold; an empty filter takes everything. */
export interface LogFilter {
  readonly category?: string
  readonly stream?: string
  /** Any of these types. Not empty. */
  readonly types?: readonly string[]
  /** All of these tags. Not empty. */
  readonly tags?: readonly string[]
}

export interface LogPage {
  readonly events: readonly StoredEvent[]
  /**
   * Where to go on: the next `after` (backwards: the next `before`). The position of an event that was scanned, also
   * if the filter left it out, or the bound of the query where nothing was scanned. A page may be empty and still
   * move on.
   */
  readonly next: number
  /** Whether nothing more is readable in this direction for now. */
  readonly end: boolean
}

export interface StreamInfo {
  readonly stream: string
  readonly version: number
  /** Of the first event that is left: 1, unless events were removed. */
  readonly firstVersion: number
  /** Of the first event of all, also where that was removed. */
  readonly firstRecordedAt: Date
  readonly lastRecordedAt: Date
  /** Whether appends are refused. */
  readonly closed: boolean
}
