import { checkCount } from '../check-count.ts'
import type { EventfoldError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import type { EventStore } from '../store/event-store.ts'
import { pageSize, parseLogFilter } from '../store/parse-query.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import { LogFeed } from './log-feed.ts'

type SubscribedStore = Pick<EventStore, 'adapter' | 'tail' | 'decoder' | 'upcasting' | 'closing'>

export interface SubscribeOptions extends LogFilter {
  /**
   * Where to begin: after a position, or `'now'`: after what is readable when the store answers the call (see
   * {@link Subscription.beginning}). Default 0: the beginning.
   */
  readonly after?: number | 'now'
  /** Ends the subscription, quietly and at once. */
  readonly signal?: AbortSignal
  /** Most events of a batch. Default 1,000; after large events fewer, so that a batch is near 8 MiB of text. */
  readonly batchSize?: number
  /** Longest time between two looks at the log where no wake-up comes, in milliseconds. Default 1,000. */
  readonly pollInterval?: number
  /**
   * Live, events that come within this time of the batch before are given as one, in milliseconds. Default 10. The first
   * event after a quiet time is not held up.
   */
  readonly batchInterval?: number
  /** Told when the store cannot be read and will be asked again, with back-off up to 5 seconds. */
  readonly onRetry?: (error: EventfoldError, attempt: number) => void
}

/** Consecutive events of a subscription. */
export interface SubscriptionBatch<Event extends RecordedEvent = RecordedEvent> {
  /** May be empty where the filter left everything out, or the head of the log is reached without an event. */
  readonly events: readonly Event[]
  /** Everything up to here was given or left out by the filter. To go on later, subscribe after it. */
  readonly position: number
  /** Whether the batch reached the head of the log. */
  readonly live: boolean
}

/**
 * Reads the log from a position on: first what is there, then what comes, each event once and in order. It remembers
 * nothing: a consumer is a subscription with a stored checkpoint. Memory holds one batch; the next is read when
 * it is asked for, so a slow reader slows nobody down. Every iteration begins at the same place.
 *
 * @example
 * for await (const event of store.subscribe({ category: 'account', signal })) console.log(event.type)
 */
export class Subscription<Event extends RecordedEvent = RecordedEvent> implements AsyncIterable<Event> {
  readonly #store: SubscribedStore
  readonly #options: SubscribeOptions
  readonly #filter: LogFilter
  #beginning: Promise<number> | undefined

  /** @internal */
  constructor(store: SubscribedStore, options: SubscribeOptions) {
    this.#store = store
    this.#options = options
    this.#filter = parseLogFilter(options)
    checkCount(options.batchSize ?? pageSize, 'batchSize', 1)
    checkCount(options.pollInterval ?? 1, 'pollInterval', 1)
    checkCount(options.batchInterval ?? 0, 'batchInterval', 0)
    const { after = 0 } = options
    if (after !== 'now') checkCount(after, 'after', 0)
    // Asks at the call. Whoever iterates asks again if it fails.
    this.beginning().catch(() => {})
  }

  /**
   * The position after which every iteration begins. With `'now'` it resolves when the store has told its head:
   * what is appended after that is given for certain.
   *
   * @throws StoreUnavailableError, StoreClosedError, StoreFailureError
   * @example
   * const subscription = store.subscribe({ after: 'now' })
   * await subscription.beginning()
   */
  beginning(): Promise<number> {
    this.#beginning ??= this.#findBeginning()
    return this.#beginning
  }

  async #findBeginning(): Promise<number> {
    const { after = 0 } = this.#options
    if (after !== 'now') return after
    try {
      return await this.#store.adapter.head()
    } catch (error) {
      this.#beginning = undefined
      throw error
    }
  }

  /**
   * The events one by one. Ends when the signal aborts or the loop is left.
   *
   * @throws UnreadableEventError after all events before that one; StoreClosedError, StoreFailureError
   */
  [Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    const feed = this.#feed()
    return endingWith(feed, this.#events(feed))
  }

  /**
   * The events in batches, with the position to go on from.
   *
   * @throws UnreadableEventError after all events before that one; StoreClosedError, StoreFailureError
   * @example
   * for await (const { events, position } of store.subscribe({ after }).batches()) await save(events, position)
   */
  batches(): AsyncGenerator<SubscriptionBatch<Event>, void, undefined> {
    const feed = this.#feed()
    return endingWith(feed, this.#batches(feed))
  }

  /**
   * Hands every event to `handle`, one after another, and waits for each. Resolves when the signal aborts; rejects with
   * what `handle` throws.
   *
   * @throws UnreadableEventError after all events before that one; StoreClosedError, StoreFailureError
   * @example
   * await store.subscribe({ after: 'now', signal }).forEach(async (event) => print(event))
   */
  async forEach(handle: (event: Event) => void | Promise<void>): Promise<void> {
    const feed = this.#feed()
    for await (const { events } of this.#batches(feed)) {
      for (const event of events) {
        await handle(event)
        if (feed.ended) return
      }
    }
  }

  #feed(): LogFeed {
    const { signal, onRetry, batchSize = pageSize, pollInterval = 1_000, batchInterval = 10 } = this.#options
    const { upcasting } = this.#store
    const filter = upcasting === undefined ? this.#filter : upcasting.widen(this.#filter)
    const times = { pollInterval, batchInterval }
    return new LogFeed(this.#store, { filter, batchSize, ...times, signal, onRetry })
  }

  async *#events(feed: LogFeed): AsyncGenerator<Event, void, undefined> {
    for await (const { events } of this.#batches(feed)) {
      for (const event of events) {
        if (feed.ended) return
        yield event
      }
    }
  }

  async *#batches(feed: LogFeed): AsyncGenerator<SubscriptionBatch<Event>, void, undefined> {
    for await (const page of feed.pages(() => this.beginning())) {
      const { events, error } = this.#decode(page.events)
      if (error === undefined) yield { events, position: page.next, live: page.end }
      else {
        const last = events.at(-1)
        if (last !== undefined) yield { events, position: last.position, live: false }
        throw error
      }
    }
  }

  /** The events up to the first that cannot be read. */
  #decode(rows: readonly StoredEvent[]): { readonly events: readonly Event[]; readonly error?: unknown } {
    const { decoder, upcasting } = this.#store
    const { types } = this.#filter
    const isWanted = ({ type }: Event) => upcasting === undefined || types?.includes(type) !== false
    const events: Event[] = []
    try {
      for (const row of rows) {
        for (const event of decoder.events<Event>(row)) if (isWanted(event)) events.push(event)
      }
      return { events }
    } catch (error) {
      return { events, error }
    }
  }
}

/** Lets `return` end what the generator waits for, which it would else wait for first. */
function endingWith<Item>(
  feed: LogFeed,
  generator: AsyncGenerator<Item, void, undefined>,
): AsyncGenerator<Item, void, undefined> {
  const leave = generator.return.bind(generator)
  generator.return = (value) => {
    feed.end()
    return leave(value)
  }
  return generator
}
