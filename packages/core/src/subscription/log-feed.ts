import { type EventfoldError, isEventfoldError } from '../errors.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import type { LogFilter, LogPage, StoreAdapter } from '../store/store-adapter.ts'
import { Alarm, sleep } from './alarm.ts'
import { BackOff } from './back-off.ts'
import { TurnLimit } from './turn-limit.ts'

export interface LogFeedOptions {
  readonly filter: LogFilter
  /** Most events of a page. */
  readonly batchSize: number
  /** Longest time between two looks at the log where no wake-up comes, in milliseconds. */
  readonly pollInterval: number
  /** Live, what was appended within this time of the page before is given as one page. In milliseconds. */
  readonly batchInterval: number
  /** Ends the feed, quietly and at once, also while it waits for the store. */
  readonly signal?: AbortSignal | undefined
  /** Wakes the feed, so that it finds a store closed at once that is closed under it. */
  readonly closing?: AbortSignal | undefined
  /** Told of every failed read that will be tried again. */
  readonly onRetry?: ((error: EventfoldError, attempt: number) => void) | undefined
}

/** A page of a feed; `end` says that it reached the head of the log: it is live. */
export type FeedPage = Pick<LogPage, 'events' | 'next' | 'end'>

/** Text of a page beyond which the next one asks for fewer events, in characters. */
const pageCharacters = 8 * 1_048_576

/** Events of the first page, as long as nothing is known of their size. */
const firstPage = 128

/**
 * The log from a position on, page by page: first what is there, then what comes. Woken by appends, and looking from
 * time to time as well, since a wake-up may be lost. It reads only when it is asked for the next page, so memory holds
 * one, and keeps trying while the store cannot be reached.
 *
 * A page without events moves on over what the filter left out, or says that the head of the log is reached. There,
 * nothing is given until there is more.
 */
export class LogFeed {
  readonly #adapter: StoreAdapter
  readonly #options: LogFeedOptions
  readonly #alarm = new Alarm()
  readonly #backOff = new BackOff(50, 5_000)
  readonly #ending = new AbortController()
  readonly #turns = new TurnLimit()
  #limit: number

  constructor(adapter: StoreAdapter, options: LogFeedOptions) {
    this.#adapter = adapter
    this.#options = options
    this.#limit = Math.min(options.batchSize, firstPage)
  }

  /** Makes it look at the log now. */
  readonly wake = (): void => this.#alarm.ring()

  /** Ends it for good, as the signal does. */
  readonly end = (): void => this.#ending.abort()

  get ended(): boolean {
    return this.#ending.signal.aborted
  }

  /**
   * One iteration at a time.
   *
   * @param after a position, or what finds it, which is tried as long as the store cannot be reached
   * @throws what a read throws that is not worth repeating
   */
  async *pages(after: number | (() => Promise<number>)): AsyncGenerator<FeedPage, void, undefined> {
    const { signal, closing } = this.#options
    if (signal?.aborted === true) this.end()
    signal?.addEventListener('abort', this.end)
    closing?.addEventListener('abort', this.wake)
    let stopListening: (() => Promise<void>) | undefined
    try {
      stopListening = await this.#retrying(() => this.#listen())
      const position = typeof after === 'number' ? after : await this.#retrying(after)
      if (position !== undefined) yield* this.#follow(position)
    } finally {
      signal?.removeEventListener('abort', this.end)
      closing?.removeEventListener('abort', this.wake)
      await stopListening?.()
    }
  }

  async *#follow(after: number): AsyncGenerator<FeedPage, void, undefined> {
    let position = after
    let isLive = false
    let fruitless = 0
    while (!this.ended) {
      await this.#turns.pass()
      this.#alarm.reset()
      const page = await this.#retrying(() => this.#read(position))
      if (page === undefined || this.ended) return
      const lookedAt = performance.now()
      const { events, next, end } = page
      const hasMoved = events.length > 0 || next > position
      if (hasMoved || (end && !isLive)) {
        position = Math.max(position, next)
        isLive = end
        yield page
      }
      fruitless = hasMoved ? 0 : fruitless + 1
      if (end || !hasMoved) await this.#rest(lookedAt, fruitless)
    }
  }

  async #rest(lookedAt: number, fruitless: number): Promise<void> {
    const { signal } = this.#ending
    await this.#alarm.sleep(this.#options.pollInterval, signal)
    // One wake-up without an event, such as the echo of an append from afar, must not delay the next append.
    if (fruitless === 1) return
    const early = lookedAt + this.#options.batchInterval - performance.now()
    if (early > 0) await sleep(early, signal)
  }

  async #listen(): Promise<() => Promise<void>> {
    const stop = await this.#adapter.onAppend(this.wake)
    // By then nobody waits for it any more.
    if (this.ended) await stop()
    return stop
  }

  async #read(after: number): Promise<LogPage> {
    const { filter, batchSize } = this.#options
    const limit = this.#limit
    const page = await this.#adapter.readLog({
      after,
      before: Number.MAX_SAFE_INTEGER,
      backwards: false,
      limit,
      filter,
    })
    this.#limit = Math.max(1, Math.min(batchSize, limit * 4, fittingInPage(page.events)))
    return page
  }

  /** Undefined when the feed was ended meanwhile. */
  async #retrying<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    while (!this.ended) {
      try {
        const result = await this.#unlessEnded(work())
        this.#backOff.reset()
        return result
      } catch (error) {
        if (!isEventfoldError(error) || !error.retryable) throw error
        const pause = this.#backOff.next()
        this.#options.onRetry?.(error, this.#backOff.attempts)
        await sleep(pause, this.#ending.signal)
      }
    }
    return undefined
  }

  /** Does not wait for a store that hangs when the feed ends. */
  #unlessEnded<Result>(work: Promise<Result>): Promise<Result | undefined> {
    const { signal } = this.#ending
    return new Promise((resolve, reject) => {
      const end = () => {
        signal.removeEventListener('abort', end)
        resolve(undefined)
      }
      signal.addEventListener('abort', end)
      work.then(resolve, reject).then(end)
    })
  }
}

/** How many events like these fit into a page. */
function fittingInPage(events: readonly StoredEvent[]): number {
  let characters = 0
  for (const { data, metadata } of events) characters += data.length + metadata.length
  return characters === 0
    ? Number.MAX_SAFE_INTEGER
    : Math.floor((pageCharacters / characters) * events.length)
}
