import { checkCount } from '../check-count.ts'
import { checkName } from '../event/text-rules.ts'
import type { EventStore } from '../store/event-store.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { ConsumerRun } from './consumer-run.ts'
import { type ConsumerSettings, consumerSettings } from './consumer-settings.ts'
import type { ConsumerState, ConsumerStatus, ParkedEvent } from './consumer-status.ts'
import { ConsumerWaiters, type WaitOptions } from './consumer-waiters.ts'
import { parkedInfo, readParked } from './parked-events.ts'
import { discardParked, type ParkedSelection, requestRetry } from './parked-requests.ts'
import { maxKeyBytes } from './partition-work.ts'
import { pauseConsumer, resumeConsumer } from './pause-consumer.ts'
import { prepareConsumer } from './prepare-consumer.ts'
import type { Processor } from './processor.ts'
import { readConsumerStatus } from './read-consumer-status.ts'

export type { WaitOptions } from './consumer-waiters.ts'

/**
 * A named reader of the log with a durable checkpoint, of which any number of instances may run in any number of
 * processes: each partition has one active owner, the others stand by, and take over within the lease time after a
 * crash and at once after a clean stop.
 *
 * - No event is passed over, and events with the same key are processed in the order of positions.
 * - `apply` is exactly once: its transaction moves the checkpoint by compare-and-set, so that a retry, a second
 *   instance or one that was believed dead cannot apply an event twice.
 * - `handle` is at least once: a crash, a lost lease or a failure repeats events, each with the same idempotency key.
 * - It never stops silently: see {@link status}.
 *
 * It uses the timers of its process and what the store offers, nothing else; after `stop` nothing of it is left.
 *
 * @example
 * const consumer = new Consumer(store, 'invoices', { handle: ({ event }) => print(event) }, { partitions: 4 })
 * await consumer.start()
 */
export class Consumer<Transaction = unknown> {
  readonly name: string
  readonly store: EventStore<Transaction>
  readonly #settings: ConsumerSettings<Transaction>
  readonly #waiters: ConsumerWaiters<Transaction>
  #run: ConsumerRun<Transaction> | undefined
  #starting: Promise<void> | undefined
  #isWanted = false
  #shownState: ConsumerState = 'stopped'

  /**
   * Nothing runs, and nothing is stored, before {@link start}.
   *
   * @throws InvalidInputError `invalid-option`, `invalid-definition`
   * @throws UnsupportedError the store keeps no documents
   */
  constructor(
    store: EventStore<Transaction>,
    name: string,
    processor: Processor<Transaction>,
    options: ConsumerOptions = {},
  ) {
    this.name = name
    this.store = store
    this.#settings = consumerSettings(store, name, processor, options)
    this.#waiters = new ConsumerWaiters(this.#settings, () => this.#run)
  }

  /** Of this instance, without a look at the store. */
  get state(): ConsumerState {
    return this.#run?.state ?? 'stopped'
  }

  /**
   * Runs this instance: resolves when it works, or stands by. The first start of all stores where it begins, and in
   * how many partitions. What had failed is tried again. Does nothing if it runs.
   *
   * @throws HistoryDivergedError the log is not the one that was processed
   * @throws StoreUnavailableError, StoreClosedError, StoreFailureError; then it does not run
   */
  start(): Promise<void> {
    this.#isWanted = true
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /**
   * Ends this instance at the next event: lets the call of the processor under way end, for `stopTimeout` at most,
   * saves the checkpoint, and hands its partitions to whoever stands by. Never rejects. May be called twice.
   */
  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#run?.stop()
  }

  /**
   * Stops the work of the whole fleet until {@link resume}, durably: also of instances that start later. Each ends at
   * the next event; whoever has not after `stopTimeout` is fenced. When it resolves, no instance can move a checkpoint,
   * so nothing more is applied, and this instance rests. A `handle` that hangs elsewhere may still end.
   *
   * @throws StoreUnavailableError, LockTimeoutError, StoreClosedError, StoreFailureError
   */
  async pause(): Promise<void> {
    await prepareConsumer(this.#settings)
    await pauseConsumer(this.#settings, this.#run)
  }

  /**
   * Ends a {@link pause}, and frees what had failed, in the whole fleet: instances that run take it over and try again,
   * and this one runs again if it had failed. Another instance that has failed has ended: it needs its own start.
   * Throws the same.
   */
  async resume(): Promise<void> {
    await resumeConsumer(this.#settings)
    this.store.adapter.wakeUp()
    if (this.state === 'failed') await this.start()
    else this.#run?.look()
  }

  /** How it is, in the whole fleet. Works as well where it does not run. A few small reads. */
  async status(): Promise<ConsumerStatus> {
    return readConsumerStatus(this.#settings, this.#run)
  }

  /**
   * Resolves when everything up to `position` was processed, parked or skipped: at once if this instance does it, else
   * as soon as the stored checkpoints say so. Never early.
   *
   * @throws WaitTimeoutError
   * @throws ConsumerFailedError this instance has failed, and the others are not as far; at once
   * @example
   * const { position } = await store.append('account-42', events)
   * await consumer.waitFor(position)
   */
  async waitFor(position: number, options: WaitOptions = {}): Promise<void> {
    await this.#waiters.wait(position, options)
  }

  /** Parked events by key, then position. At most `limit`, default 100; the next page comes `after` the last of this. */
  async parked(
    options: {
      readonly key?: string
      readonly after?: Pick<ParkedEvent, 'key' | 'position'>
      readonly limit?: number
    } = {},
  ): Promise<readonly ParkedEvent[]> {
    const limit = checkCount(options.limit ?? 100, 'limit', 1)
    checkKey(options.key)
    checkKey(options.after?.key)
    const found = await readParked(this.#settings.documents, options.key, limit, options.after)
    return found.map(({ state }) => parkedInfo(state))
  }

  /**
   * Asks for the parked events of a key, or of all keys, to be processed in order, by the instance that has the
   * partition. What fails again stays parked. Resolves with the number of keys when the request is stored.
   */
  async retryParked(options: { readonly key?: string } = {}): Promise<number> {
    checkKey(options.key)
    const keys = await requestRetry(this.#settings, options.key)
    this.#run?.retryParked()
    return keys
  }

  /**
   * Gives up parked events: one (`key` and `position`), all of a key, or all. When none of a key is left, its events
   * flow again. Resolves with their number.
   */
  async discardParked(options: ParkedSelection = {}): Promise<number> {
    checkKey(options.key)
    const count = await discardParked(this.#settings, options)
    this.#run?.retryParked()
    return count
  }

  async #start(): Promise<void> {
    const { state } = this
    if (state !== 'stopped' && state !== 'failed') return
    await this.#run?.stop()
    if (!this.#isWanted) return
    this.#run = new ConsumerRun(this.#settings, () => this.#changed())
    this.#changed()
    await this.#run.start()
    // It was stopped and started again before it worked.
    if (this.#isWanted && this.state === 'stopped') await this.#start()
  }

  #changed(): void {
    this.#waiters.ring()
    const { state } = this
    if (state === this.#shownState) return
    const from = this.#shownState
    this.#shownState = state
    const error = (this.#run?.error ?? this.#run?.trouble)?.error
    this.#settings.onStateChange({ from, to: state, ...(error !== undefined && { error }) })
  }
}

/** A key that no event can have is a mistake, and a database may take it for another one. */
function checkKey(key: string | undefined): void {
  if (key !== undefined) checkName(key, 'key of an event', 'invalid-option', maxKeyBytes)
}
