import { checkCount } from '../check-count.ts'
import { InvalidInputError, isEventfoldError, StoreUnavailableError, StreamTooLongError } from '../errors.ts'
import type { Clock, IdSource } from '../event/clock.ts'
import { type Codec, jsonCodec } from '../event/codec.ts'
import { EventDecoder } from '../event/decode-event.ts'
import { checkIdsDiffer, encodeEvents } from '../event/encode-event.ts'
import type { EventMetadata, NewEvent, RecordedEvent } from '../event/event.ts'
import { parseExpectedVersion } from '../event/expected-version.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import { checkStreamId } from '../event/stream-id.ts'
import { timeOrderedIds } from '../event/time-ordered-ids.ts'
import { Upcasting } from '../event/upcasting.ts'
import { PersonalAdapter } from '../privacy/personal-adapter.ts'
import { appendInline } from '../projection/append-inline.ts'
import type { InlineCarrier } from '../projection/inline-carrier.ts'
import { LogTail } from '../subscription/log-tail.ts'
import { type SubscribeOptions, Subscription } from '../subscription/subscription.ts'
import { CallsUnderWay } from './calls-under-way.ts'
import type { Capabilities } from './capabilities.ts'
import type {
  AppendOptions,
  AppendResult,
  EventStoreOptions,
  ReadLogOptions,
  ReadStreamOptions,
  RecordedPage,
  StreamAppend,
} from './event-store-options.ts'
import { pageSize, parseLogQuery, parseStreamQuery } from './parse-query.ts'
import type { LogFilter, LogQuery, StoreAdapter, StreamInfo, StreamWrite } from './store-adapter.ts'

const maxArrayEvents = 100_000
const firstRetryMilliseconds = 50

/**
 * An append-only log of events in streams. Opened by `openMemory`, `openSqlite` or `openPostgres`; the guarantees
 * are the same on each.
 *
 * @example
 * const store = openMemory()
 * await store.append('account-42', [{ type: 'MoneyDeposited', data: { cents: 500 } }], { expected: 'no-stream' })
 * const events = await store.readStream('account-42')
 */
export class EventStore<Transaction = unknown> {
  /** The port. For tools and for adapters' own functions; it takes input that is checked already. */
  readonly adapter: StoreAdapter<Transaction>
  /** @internal The port to events as they are stored, where `adapter` opens what is kept under keys. */
  readonly storage: StoreAdapter<Transaction>
  /** @internal */
  readonly personal: PersonalAdapter<Transaction> | undefined
  readonly clock: Clock
  readonly newId: IdSource
  /** @internal */
  readonly upcasting: Upcasting | undefined
  /** @internal */
  readonly decoder: EventDecoder
  /** @internal */
  readonly closing: AbortSignal
  readonly #closing = new AbortController()
  /** @internal Where its live readers look together. */
  readonly tail: LogTail
  /** @internal */
  readonly codec: Codec
  /** @internal Read models that appends of this store keep up to date. */
  readonly carriers: InlineCarrier<Transaction>[] = []
  /** @internal Appends and transactions. Who begins to carry waits for those that have begun before. */
  readonly underWay: CallsUnderWay = new CallsUnderWay()
  readonly #maxEventBytes: number
  readonly #maxEventsPerAppend: number
  readonly #retries: number

  constructor(adapter: StoreAdapter<Transaction>, options: EventStoreOptions = {}) {
    this.codec = options.codec ?? jsonCodec
    this.personal =
      options.privacy === undefined ? undefined : new PersonalAdapter(adapter, this.codec, options.privacy)
    this.adapter = this.personal ?? adapter
    this.storage = adapter
    this.clock = options.clock ?? (() => new Date())
    this.newId = options.newId ?? timeOrderedIds()
    this.upcasting = options.upcasters === undefined ? undefined : new Upcasting(options.upcasters)
    this.decoder = new EventDecoder(this.codec, this.upcasting, adapter.capabilities.residentRows)
    this.closing = this.#closing.signal
    this.tail = new LogTail(this.adapter)
    this.#maxEventBytes = checkCount(options.maxEventBytes ?? 1_048_576, 'maxEventBytes', 1)
    this.#maxEventsPerAppend = checkCount(options.maxEventsPerAppend ?? 10_000, 'maxEventsPerAppend', 1)
    this.#retries = checkCount(options.retries ?? 3, 'retries', 0)
  }

  get capabilities(): Capabilities {
    return this.adapter.capabilities
  }

  /**
   * Appends events to one stream: all of them or none, durably, in one atomic step with the check of `expected`.
   * Repeating it with the same event ids changes nothing and gives the first result. One round trip to the database.
   *
   * @throws ConcurrencyError the stream is not as expected
   * @throws EventIdConflictError an id is stored already, for something else
   * @throws InvalidInputError the input is wrong; nothing was sent to the store
   * @throws ProjectionSupersededError, and what a handler throws, where it carries inline read models
   * @throws StoreUnavailableError, LockTimeoutError, StorageFullError, StoreClosedError, StoreFailureError
   * @example
   * await store.append('account-42', [{ type: 'AccountClosed', data: {} }], { expected: 3 })
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    options: AppendOptions<Transaction> = {},
  ): Promise<AppendResult> {
    // Not by an async function: its promise would be one more, which appends that share a commit notice.
    try {
      return this.#store([this.#writeOf(stream, events, options)], options.transaction, firstOf)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Appends to several streams in one atomic step: everything is stored, or nothing. A stream may be named once.
   *
   * @throws the same as {@link append}
   * @example
   * await store.appendAll([
   *   { stream: 'account-1', events: [withdrawn], expected: 4 },
   *   { stream: 'account-2', events: [deposited], expected: 7 },
   * ])
   */
  async appendAll(
    appends: readonly StreamAppend[],
    options: Omit<AppendOptions<Transaction>, 'expected'> = {},
  ): Promise<readonly AppendResult[]> {
    checkOptions(options)
    const streams = new Set<string>()
    for (const { stream } of appends) {
      checkStreamId(stream)
      if (streams.has(stream)) {
        throw new InvalidInputError(
          'invalid-stream-id',
          `Stream ${stream} is named twice in one append. Join its events.`,
        )
      }
      streams.add(stream)
    }
    for (const { events } of appends) this.#checkCount(events)
    this.#checkCount(appends.flatMap(({ events }) => events))
    const writes = appends.map(({ stream, events, expected = 'any' }, index) => ({
      stream,
      expected: parseExpectedVersion(expected),
      events: this.#encode(events, options.metadata, `/${index}/events`),
    }))
    if (writes.length > 1) checkIdsDiffer(writes.flatMap(({ events }) => events))
    return this.#store(writes, options.transaction, allOf)
  }

  /**
   * The events of one stream, as an array; empty if there is no such stream.
   *
   * @throws StreamTooLongError more than 100,000 events and no `limit`
   * @throws UnreadableEventError the stored text is broken
   * @throws InvalidInputError, StoreUnavailableError, StoreClosedError, StoreFailureError
   * @example
   * const [latest] = await store.readStream('account-42', { backwards: true, limit: 1 })
   */
  async readStream<Event extends RecordedEvent = RecordedEvent>(
    stream: string,
    options: ReadStreamOptions<Transaction> = {},
  ): Promise<readonly Event[]> {
    const events: Event[] = []
    for await (const batch of this.readStreamInBatches<Event>(stream, options)) {
      for (const event of batch) events.push(event)
      if (options.limit === undefined && events.length > maxArrayEvents) {
        throw new StreamTooLongError(stream, maxArrayEvents)
      }
    }
    return events
  }

  /**
   * The events of one stream in batches, for streams of any length: memory holds one batch at a time, and no
   * transaction stays open between batches.
   *
   * @throws the same as {@link readStream}, without a limit on the length
   * @example
   * for await (const batch of store.readStreamInBatches('account-42')) total += batch.length
   */
  async *readStreamInBatches<Event extends RecordedEvent = RecordedEvent>(
    stream: string,
    options: ReadStreamOptions<Transaction> & { readonly batchSize?: number } = {},
  ): AsyncGenerator<readonly Event[], void, undefined> {
    const batchSize = checkCount(options.batchSize ?? pageSize, 'batchSize', 1)
    let remaining = checkCount(options.limit ?? Number.MAX_SAFE_INTEGER, 'limit', 0)
    let query = parseStreamQuery(stream, options)
    while (remaining > 0) {
      const limit = Math.min(batchSize, remaining)
      const rows = await this.adapter.readStream({ ...query, limit }, options.transaction)
      const events = this.#decode<Event>(rows)
      if (events.length > 0) yield events
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) return
      remaining -= rows.length
      query = query.backwards ? { ...query, to: last.version - 1 } : { ...query, from: last.version + 1 }
      if (query.from > query.to) return
    }
  }

  /**
   * Version and times of a stream, without reading its events; undefined if there is no such stream.
   *
   * @throws InvalidInputError, StoreUnavailableError, StoreClosedError, StoreFailureError
   */
  async streamInfo(
    stream: string,
    options: { readonly transaction?: Transaction } = {},
  ): Promise<StreamInfo | undefined> {
    checkStreamId(stream)
    return this.adapter.streamInfo(stream, options.transaction)
  }

  /**
   * One page of the whole log, filtered in the store. Whoever has read up to a position never finds a later event at
   * or before it, also while other appends are under way.
   *
   * @throws UnreadableEventError, InvalidInputError, StoreUnavailableError, StoreClosedError, StoreFailureError
   * @example
   * const page = await store.readLog({ after: checkpoint, category: 'account' })
   */
  async readLog<Event extends RecordedEvent = RecordedEvent>(
    options: ReadLogOptions = {},
  ): Promise<RecordedPage<Event>> {
    const query = parseLogQuery(options)
    const page = await this.adapter.readLog(this.widened(query))
    return { ...page, events: this.#decode<Event>(page.events, query.filter) }
  }

  /**
   * The log in batches, up to what is readable when it gets there. Memory holds one batch at a time.
   *
   * @throws the same as {@link readLog}
   * @example
   * for await (const batch of store.readLogInBatches({ types: ['MoneyDeposited'] })) add(batch)
   */
  async *readLogInBatches<Event extends RecordedEvent = RecordedEvent>(
    options: ReadLogOptions = {},
  ): AsyncGenerator<readonly Event[], void, undefined> {
    let page = await this.readLog<Event>(options)
    while (true) {
      if (page.events.length > 0) yield page.events
      if (page.end) return
      const bound = options.backwards === true ? { before: page.next } : { after: page.next }
      page = await this.readLog<Event>({ ...options, ...bound })
    }
  }

  /**
   * The log from a position on: first what is there, then what comes, filtered in the store.
   *
   * @throws InvalidInputError `invalid-option`, `invalid-stream-id`, `invalid-event-type`, `invalid-tag`
   * @example
   * for await (const event of store.subscribe({ category: 'account', after: 'now', signal })) print(event)
   */
  subscribe<Event extends RecordedEvent = RecordedEvent>(
    options: SubscribeOptions = {},
  ): Subscription<Event> {
    return new Subscription(this, options)
  }

  /** Position of the last readable event; 0 for an empty log. */
  async head(): Promise<number> {
    return this.adapter.head()
  }

  /**
   * Calls `listener` soon after an append, as far as `capabilities.wakeUp` reaches. Calls may be merged or lost, so
   * look at the log from time to time as well. Resolves once it listens, with the function that ends it.
   */
  async onAppend(listener: () => void): Promise<() => Promise<void>> {
    return this.adapter.onAppend(() => listener())
  }

  /**
   * Runs `work` in a new database transaction, to append together with your own writes: commits when it resolves,
   * rolls back when it rejects. Do not start an inline read model in it: that waits for the transactions under way.
   *
   * @example
   * await store.transaction(async (transaction) => {
   *   await store.append('order-7', [placed], { transaction })
   *   await transaction.query('UPDATE stock SET reserved = reserved + 1 WHERE sku = $1', [sku])
   * })
   */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.underWay.transaction((counted) => this.adapter.transaction(counted), work)
  }

  /** Waits for the calls under way and releases what the store opened. May be called twice. */
  async close(): Promise<void> {
    const closed = this.adapter.close()
    this.#closing.abort()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal The query that finds what may become what `query` asks for. */
  widened(query: LogQuery): LogQuery {
    return this.upcasting === undefined ? query : { ...query, filter: this.upcasting.widen(query.filter) }
  }

  /**
   * @internal Throws what {@link append} would throw because of these events alone.
   *
   * @throws InvalidInputError
   */
  checkEvents(events: readonly NewEvent[]): void {
    this.#checkCount(events)
    this.#encode(events, undefined, '')
  }

  #decode<Event extends RecordedEvent>(
    rows: readonly StoredEvent[],
    { types }: LogFilter = {},
  ): readonly Event[] {
    const events = this.decoder.all<Event>(rows)
    return this.upcasting === undefined || types === undefined
      ? events
      : events.filter(({ type }) => types.includes(type))
  }

  #writeOf(stream: string, events: readonly NewEvent[], options: AppendOptions<Transaction>): StreamWrite {
    checkStreamId(stream)
    checkOptions(options)
    const { expected = 'any', metadata } = options
    this.#checkCount(events)
    return {
      stream,
      expected: parseExpectedVersion(expected),
      events: this.#encode(events, metadata, ''),
    }
  }

  #encode(events: readonly NewEvent[], metadata: EventMetadata | undefined, pointer: string) {
    const { codec, newId, upcasting } = this
    const maxEventBytes = this.#maxEventBytes
    return encodeEvents(events, { codec, newId, upcasting, maxEventBytes, metadata }, pointer)
  }

  #checkCount(events: readonly NewEvent[]): void {
    if (!Array.isArray(events)) {
      throw new InvalidInputError(
        'invalid-event',
        'The events are not an array. Put a single one into brackets.',
      )
    }
    if (events.length === 0) {
      throw new InvalidInputError('empty-append', 'There are no events to append. Leave the call out.')
    }
    if (events.length > this.#maxEventsPerAppend) {
      throw new InvalidInputError(
        'too-many-events',
        `${events.length} events are more than the ${this.#maxEventsPerAppend} of one append. ` +
          'Append them in parts, or raise maxEventsPerAppend.',
      )
    }
  }

  /** The ids are fixed by now, so a repetition after a lost reply stores one copy. */
  async #store<Result>(
    writes: readonly StreamWrite[],
    transaction: Transaction | undefined,
    resultOf: (results: readonly AppendResult[]) => Result,
  ): Promise<Result> {
    let mayBeStored = false
    for (let attempt = 0; ; attempt++) {
      const call = this.underWay.begin()
      try {
        const receipts =
          this.carriers.length === 0
            ? await this.adapter.append(writes, transaction)
            : await appendInline(this, writes, transaction)
        return resultOf(
          receipts.map(({ stream, version, position, duplicate }, index) => {
            if (transaction === undefined && position > this.underWay.position)
              this.underWay.position = position
            const eventIds = (writes[index] as StreamWrite).events.map(({ id }) => id)
            return { stream, version, position, eventIds, duplicate }
          }),
        )
      } catch (error) {
        const isUnavailable = isEventfoldError(error, 'store-unavailable')
        const mayRetry = isUnavailable && transaction === undefined
        if (!mayRetry || attempt >= this.#retries) throw mayBeStored ? stillUnknown(error) : error
        mayBeStored ||= error.outcome === 'unknown'
      } finally {
        this.underWay.end(call)
      }
      await new Promise((resolve) => setTimeout(resolve, firstRetryMilliseconds * 2 ** attempt))
    }
  }
}

const firstOf = ([result]: readonly AppendResult[]) => result as AppendResult
const allOf = (results: readonly AppendResult[]) => results

/** The compiler says so already. For callers without one: an expectation given in their place would be passed over. */
function checkOptions(options: AppendOptions): void {
  if (typeof options === 'object' && options !== null) return
  throw new InvalidInputError(
    'invalid-option',
    `The options of an append are ${String(options)}, not an object. Write an expected version as { expected: 3 }.`,
  )
}

/** What a repetition that failed does not tell: whether an attempt before it, whose reply was lost, was stored. */
function stillUnknown(error: unknown): unknown {
  const isAnswer = isEventfoldError(error, 'concurrency') || isEventfoldError(error, 'event-id-conflict')
  if (isAnswer || (isEventfoldError(error, 'store-unavailable') && error.outcome === 'unknown')) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreUnavailableError('unknown', `an attempt had no reply, and the last failed: ${reason}`, {
    cause: error,
  })
}
