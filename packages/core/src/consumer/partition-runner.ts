import { Alarm } from '../subscription/alarm.ts'
import { type FeedPage, LogFeed } from '../subscription/log-feed.ts'
import { applyPage } from './apply-page.ts'
import type { Stored } from './consumer-documents.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { handlePage } from './handle-page.ts'
import { PagePrefetch } from './page-prefetch.ts'
import { PartitionContext } from './partition-context.ts'
import { PartitionInterrupt } from './partition-interrupt.ts'
import type { PartitionState } from './partition-state.ts'
import { workOf } from './partition-work.ts'
import { retryParked } from './retry-parked.ts'
import type { SliceRange } from './slices.ts'
import { StallWatch } from './stall-watch.ts'
import { verifyHistory } from './verify-history.ts'

/** How long it may stay unsaved that events were passed over, in milliseconds: others may wait for it. */
const flushInterval = 100
/** The same while there is more to read. */
const catchUpInterval = 250

export interface PartitionRunnerHooks {
  /** Anything that can be asked of it has changed. */
  readonly onChange: () => void
  readonly onEnd: () => void
}

/** Works on one partition for as long as this instance has it. Runs from the moment it is made. */
export class PartitionRunner<Transaction> {
  readonly index: number
  readonly epoch: number
  /** Resolves when the history is verified and the work begins, or with {@link ended}. */
  readonly ready: Promise<void>
  /** Resolves when nothing of it is left; never rejects. */
  readonly ended: Promise<void>
  readonly context: PartitionContext<Transaction>
  readonly stall: StallWatch<Transaction>
  readonly #settings: ConsumerSettings<Transaction>
  readonly #quit = new AbortController()
  readonly #alarm = new Alarm()
  readonly #hooks: PartitionRunnerHooks
  #feed: LogFeed | undefined
  #isLive = false
  /** By the monotonic clock: when to look at the parked events that are to be processed. */
  #retryAt = 0
  #hasEnded = false
  #error: { readonly error: unknown } | undefined

  constructor(
    settings: ConsumerSettings<Transaction>,
    claimed: Stored<PartitionState>,
    hooks: PartitionRunnerHooks,
  ) {
    this.#settings = settings
    this.index = claimed.state.index
    this.epoch = claimed.state.epoch
    this.#hooks = hooks
    this.context = new PartitionContext(settings, claimed, this.#quit.signal, hooks.onChange)
    this.stall = new StallWatch(this.context)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ready = promise
    this.ended = this.#run(resolve).finally(() => {
      this.#hasEnded = true
      hooks.onEnd()
      resolve()
    })
  }

  /** Why it ended, where that was an error. */
  get error(): { readonly error: unknown } | undefined {
    return this.#error
  }

  /** Whether everything that was readable at the last look is done. */
  get isLive(): boolean {
    return this.#isLive
  }

  /** Whether it is about to end, or has. */
  get isEnding(): boolean {
    return this.#quit.signal.aborted || this.#hasEnded
  }

  /** Whether it works on just these slices, which a change of partitions ends. */
  has({ from, to }: SliceRange): boolean {
    const { state } = this.context.checkpoint
    return state.from === from && state.to === to && !this.isEnding
  }

  /** Asks it to look at the parked events that are to be processed. */
  retryParked(): void {
    this.#retryAt = 0
    this.#alarm.ring()
  }

  /** Somebody waits for it: it looks at what it has put off. */
  hurry(): void {
    this.#feed?.hurry()
  }

  /** Ends it at the next event, saves how far it is, and gives the partition up. */
  quit(): void {
    this.#quit.abort(new PartitionInterrupt('quit'))
    this.#alarm.ring()
  }

  /** Ends it because somebody else has the partition. */
  lose(): void {
    const reason = new PartitionInterrupt('lost')
    this.#quit.abort(reason)
    this.context.guard.abort(reason)
  }

  /** Aborts the call of the processor that {@link quit} waits for. */
  abort(): void {
    this.quit()
    this.context.guard.abort(new PartitionInterrupt('quit'))
  }

  async #run(onReady: () => void): Promise<void> {
    try {
      for (;;) await this.#work(onReady)
    } catch (error) {
      const isInterrupt = error instanceof PartitionInterrupt
      if (!isInterrupt) this.#error = { error }
      if (!(isInterrupt && error.kind === 'lost')) await this.context.release()
    }
  }

  /** Returns only to begin again from what is stored. */
  async #work(onReady: () => void): Promise<void> {
    const { context } = this
    const { name, store } = this.#settings
    try {
      await context.load()
      const { state } = context.checkpoint
      const verify = () => verifyHistory(store.adapter, name, state, context.quit)
      const head = await context.persist(verify)
      this.#isLive = head === state.position
      this.#retryAt = 0
      onReady()
      this.#hooks.onChange()
      await this.#follow()
    } catch (error) {
      if (!(error instanceof PartitionInterrupt) || error.kind !== 'reload') throw error
    }
  }

  /** Processes the log from the checkpoint on. The next page is read while one is being processed. */
  async #follow(): Promise<void> {
    const { context } = this
    const { store, filter, batchSize, pollInterval, batchInterval, leaseTime } = this.#settings
    const end = new AbortController()
    const feed = new LogFeed(store, {
      filter: store.upcasting === undefined ? filter : store.upcasting.widen(filter),
      batchSize,
      pollInterval,
      batchInterval,
      signal: end.signal,
      onRetry: (error, attempt) => context.lostStore(error, attempt),
    })
    this.#feed = feed
    const pages = new PagePrefetch(feed.pages(context.position), this.#alarm.ring)
    try {
      for (;;) {
        context.quit.throwIfAborted()
        if (performance.now() >= this.#retryAt) {
          this.#retryAt = Number.MAX_SAFE_INTEGER
          await context.flush(0)
          const pause = await retryParked(context)
          this.#retryAt = Math.min(this.#retryAt, performance.now() + pause)
        }
        const page = pages.take()
        if (page === undefined) {
          if (!this.#isLive && (await pages.isNear())) continue
          context.guard.rest()
          const idle = Math.min(
            await context.flush(flushInterval),
            this.#retryAt - performance.now(),
            leaseTime,
          )
          await this.#alarm.sleep(Math.max(idle, 0), context.quit)
        } else {
          await this.#process(page)
        }
      }
    } finally {
      context.guard.rest()
      end.abort()
      await pages.close()
    }
  }

  async #process({ events, next, end }: FeedPage): Promise<void> {
    const { context } = this
    if (!end && this.#isLive) {
      this.#isLive = false
      this.#hooks.onChange()
    }
    if (this.#settings.processor.apply === undefined) await handlePage(context, events, next)
    else await applyPage(context, workOf(events, context.checkpoint.state, this.#settings), next)
    if (context.position < next) context.moved(next, 0)
    if (end !== this.#isLive) {
      this.#isLive = end
      this.#hooks.onChange()
    }
    await context.flush(end ? flushInterval : catchUpInterval)
  }
}
