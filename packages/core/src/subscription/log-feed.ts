import { type EventfoldError, isEventfoldError } from '../errors.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import type { EventStore } from '../store/event-store.ts'
import { matchesFilter } from '../store/matches-filter.ts'
import type { LogFilter, LogPage, LogStretch, StreamWrite } from '../store/store-adapter.ts'
import { Alarm, sleep } from './alarm.ts'
import { BackOff } from './back-off.ts'
import type { RestingReader } from './log-tail.ts'
import { ToldStretch } from './told-stretch.ts'
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
  /** Told of every failed read that will be tried again. */
  readonly onRetry?: ((error: EventfoldError, attempt: number) => void) | undefined
}

/** A page of a feed; `end` says that it reached the head of the log: it is live. */
export type FeedPage = Pick<LogPage, 'events' | 'next' | 'end'>

/** For so long a look is put off that only moves on over events of others, in milliseconds. */
const lazyInterval = 100

/** Text of a page beyond which the next one asks for fewer events, in characters. */
const pageCharacters = 8 * 1_048_576

/** Events of the first page, as long as nothing is known of their size. */
const firstPage = 128

/**
 * The log from a position on, page by page: first what is there, then what comes. Woken by appends, and looking from
 * time to time as well, since a wake-up may be lost. It reads only when it is asked for the next page, so memory holds
 * one, and keeps trying while the store cannot be reached.
 *
 * What wake-ups tell without a gap it gives as it is, and asks the storage only if there may be more than that.
 *
 * A page without events moves on over what the filter left out, or says that the head of the log is reached. There,
 * nothing is given until there is more, and feeds of one store look for it together.
 */
export class LogFeed {
  readonly #store: Pick<EventStore, 'adapter' | 'tail' | 'closing'>
  readonly #options: LogFeedOptions
  readonly #alarm = new Alarm()
  /** Ends the time that a look is put off. */
  readonly #pace = new Alarm()
  readonly #backOff = new BackOff(50, 5_000)
  readonly #ending = new AbortController()
  readonly #turns = new TurnLimit()
  readonly #told: ToldStretch
  #limit: number
  #wakeUps = 0
  /** Wake-ups before the last look: that look has found what they told of. */
  #answered = 0
  /** Whether there may be something to find that was not told. */
  #mustLook = true
  /** The look that was put off, for events that are not for this feed. */
  #lazyLook: ReturnType<typeof setTimeout> | undefined
  /** Another feed's look, for this one as well. */
  #joined: Promise<LogPage> | undefined

  constructor(store: Pick<EventStore, 'adapter' | 'tail' | 'closing'>, options: LogFeedOptions) {
    this.#store = store
    this.#options = options
    this.#told = new ToldStretch(options.filter)
    this.#limit = Math.min(options.batchSize, firstPage)
  }

  /**
   * Makes it look at the log now.
   *
   * @param writes all that has happened: if none of it is for this feed, the look is put off
   * @param stretch what the log has of them, where that is known
   */
  wake(writes?: readonly StreamWrite[], stretch?: LogStretch): void {
    if (stretch === undefined || !this.#told.add(stretch, this.#limit)) this.#mustLook = true
    if (writes === undefined || concerns(writes, this.#options.filter)) this.#ring()
    else this.#lazyLook ??= setTimeout(() => this.#ring(), lazyInterval)
  }

  #ring(): void {
    this.#wakeUps++
    this.#alarm.ring()
  }

  /** Makes it look now if it has put that off: somebody waits for it to move on. */
  hurry(): void {
    if (this.#lazyLook !== undefined) this.wake()
  }

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
    const { signal } = this.#options
    const { closing } = this.#store
    const findClosed = () => this.wake()
    if (signal?.aborted === true) this.end()
    signal?.addEventListener('abort', this.end)
    closing.addEventListener('abort', findClosed)
    let stopListening: (() => Promise<void>) | undefined
    try {
      stopListening = await this.#retrying(() => this.#listen())
      const position = typeof after === 'number' ? after : await this.#retrying(after)
      if (position !== undefined) yield* this.#follow(position)
    } finally {
      signal?.removeEventListener('abort', this.end)
      closing.removeEventListener('abort', findClosed)
      await stopListening?.()
      this.#answer()
    }
  }

  async *#follow(after: number): AsyncGenerator<FeedPage, void, undefined> {
    let position = after
    let isLive = false
    let fruitless = 0
    let resting: RestingReader | undefined
    this.#told.moveTo(position)
    try {
      while (!this.ended) {
        // Without a wait where there is none: the read is under way before whoever asked goes on to work, then.
        const turn = this.#turns.pass()
        if (turn !== undefined) await turn
        let page = await this.#retrying(() => this.#look(position, resting))
        if (page === undefined || this.ended) return
        this.#fitLimit(page.events)
        const lookedAt = performance.now()
        const { next, end } = page
        if (!end) this.#mustLook = true
        const hasMoved = page.events.length > 0 || next > position
        if (hasMoved || (end && !isLive)) {
          position = Math.max(position, next)
          this.#told.moveTo(position)
          isLive = end
          resting = undefined
          yield page
        }
        // Else it would be held while the next one is read.
        page = undefined
        fruitless = hasMoved ? 0 : fruitless + 1
        if (end || !hasMoved) {
          resting = this.#reader(position)
          await this.#rest(resting, lookedAt, fruitless)
        }
      }
    } finally {
      if (resting !== undefined) this.#store.tail.leave(resting)
    }
  }

  #reader(after: number): RestingReader {
    const { filter, batchInterval } = this.#options
    const join = (page: Promise<LogPage>) => {
      // Whoever waits for it hears of its failure; a feed that ends does not.
      page.catch(() => {})
      this.#joined = page
      this.#answer()
      this.#mustLook = false
      this.#alarm.ring()
      this.#pace.ring()
    }
    return { after, filter, limit: this.#limit, interval: batchInterval, join }
  }

  /** Waits for a wake-up, and puts it off while the last look was just now. The look of another ends it. */
  async #rest(reader: RestingReader, lookedAt: number, fruitless: number): Promise<void> {
    const { signal } = this.#ending
    const { pollInterval, batchInterval } = this.#options
    this.#store.tail.rest(reader)
    this.#alarm.reset()
    this.#pace.reset()
    if (this.#wakeUps === this.#answered) await this.#alarm.sleep(pollInterval, signal)
    // One wake-up without an event, such as the echo of an append from afar, must not delay the next append.
    if (fruitless === 1 || this.#joined !== undefined) return
    const early = lookedAt + batchInterval - performance.now()
    if (early > 0) await this.#pace.sleep(early, signal)
  }

  async #listen(): Promise<() => Promise<void>> {
    const stop = await this.#store.adapter.onAppend((writes, stretch) => this.wake(writes, stretch))
    // By then nobody waits for it any more.
    if (this.ended) await stop()
    return stop
  }

  /** @param resting how it rested, where the last page had reached the head */
  #look(after: number, resting: RestingReader | undefined): Promise<LogPage> {
    const joined = this.#joined
    this.#joined = undefined
    if (joined !== undefined) return joined
    this.#answer()
    const { filter } = this.#options
    const told = this.#mustLook ? undefined : this.#told.take()
    if (told !== undefined) {
      if (resting !== undefined) this.#store.tail.leave(resting)
      return Promise.resolve(told)
    }
    this.#mustLook = false
    if (resting !== undefined) return this.#store.tail.look(resting)
    const before = Number.MAX_SAFE_INTEGER
    return this.#store.adapter.readLog({ after, before, backwards: false, limit: this.#limit, filter })
  }

  /** A look begins, which finds what all wake-ups until now tell of. */
  #answer(): void {
    this.#answered = this.#wakeUps
    clearTimeout(this.#lazyLook)
    this.#lazyLook = undefined
  }

  #fitLimit(events: readonly StoredEvent[]): void {
    this.#limit = Math.max(1, Math.min(this.#options.batchSize, this.#limit * 4, fittingInPage(events)))
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
        this.#mustLook = true
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

function concerns(writes: readonly StreamWrite[], filter: LogFilter): boolean {
  return writes.some(({ stream, events }) =>
    events.some(({ type, tags }) => matchesFilter({ stream, type, tags }, filter)),
  )
}

/** How many events like these fit into a page. */
function fittingInPage(events: readonly StoredEvent[]): number {
  let characters = 0
  for (const { data, metadata } of events) characters += data.length + metadata.length
  return characters === 0
    ? Number.MAX_SAFE_INTEGER
    : Math.floor((pageCharacters / characters) * events.length)
}
