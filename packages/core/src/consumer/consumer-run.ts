import { isEventfoldError } from '../errors.ts'
import { Alarm, sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { keepTrying } from '../subscription/keep-trying.ts'
import { within } from '../subscription/within.ts'
import { changeConsumer } from './change-consumer.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { ConsumerState } from './consumer-status.ts'
import type { PartitionRunner } from './partition-runner.ts'
import { PartitionShare } from './partition-share.ts'
import { prepareConsumer } from './prepare-consumer.ts'

/** Shortest time between two looks at the fleet that appends set off, in milliseconds. */
const lookInterval = 250
/** How long a clean end waits for the store, in milliseconds. */
const farewellTime = 1_000

/** One instance of a consumer, from start to stop: it gives signs of life, and works on its share of the partitions. */
export class ConsumerRun<Transaction> {
  readonly #settings: ConsumerSettings<Transaction>
  readonly #onChange: () => void
  readonly #alarm = new Alarm()
  readonly #end = new AbortController()
  readonly share: PartitionShare<Transaction>
  #stopListening: (() => Promise<void>) | undefined
  #loop: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined
  #error: { readonly error: unknown } | undefined
  #trouble: { readonly error: unknown } | undefined
  #isStarted = false
  /** By the monotonic clock, as all times here. */
  #beatAt = 0

  /** @param onChange told when anything that can be asked of it has changed */
  constructor(settings: ConsumerSettings<Transaction>, onChange: () => void) {
    this.#settings = settings
    this.#onChange = onChange
    this.share = new PartitionShare(settings, {
      onChange,
      onError: (error) => this.#fail(error),
      onRelease: this.#alarm.ring,
    })
  }

  get state(): ConsumerState {
    if (this.#error !== undefined) return 'failed'
    if (this.#stopping !== undefined) return 'stopped'
    if (!this.#isStarted) return 'starting'
    if (this.share.isPaused) return 'paused'
    if (this.trouble !== undefined) return 'retrying'
    const { runners } = this.share
    if (runners.length === 0) return 'standby'
    return runners.every((runner) => runner.isLive) ? 'live' : 'catching-up'
  }

  /** Why it ended, where that was an error. */
  get error(): { readonly error: unknown } | undefined {
    return this.#error
  }

  /** Why nothing moves for the moment, here or in a partition. */
  get trouble(): { readonly error: unknown } | undefined {
    const { runners, trouble } = this.share
    return this.#trouble ?? trouble ?? runners.find(({ context }) => context.trouble)?.context.trouble
  }

  get isHealthy(): boolean {
    if (this.#error !== undefined) return false
    if (this.#stopping !== undefined || !this.#isStarted) return true
    const isBeating = performance.now() - this.#beatAt < 2 * this.#interval
    return (
      isBeating &&
      this.share.runners.every((runner) => !runner.stall.isStalled && !runner.context.guard.hasTimedOut)
    )
  }

  get #interval(): number {
    return this.#settings.leaseTime / 3
  }

  /** @throws HistoryDivergedError, and what the store throws */
  async start(): Promise<void> {
    this.#loop = this.#begin()
    await this.#loop
    if (this.#stopping === undefined) this.#loop = this.#live()
    await Promise.all(this.share.runners.map(({ ready }) => ready))
    this.#isStarted = true
    this.#onChange()
    if (this.#error === undefined) return
    await this.stop()
    throw this.#error.error
  }

  /** Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#shutDown()
    return this.#stopping
  }

  /** Looks at what the fleet does, now. */
  look(): void {
    this.#alarm.ring()
  }

  /** Makes the partitions of this instance look at the parked events that are to be processed, now. */
  retryParked(): void {
    for (const runner of this.share.runners) runner.retryParked()
  }

  /** Waits until this instance rests, after the consumer was paused. Calls of the processor get `stopTimeout` to end. */
  async rest(): Promise<void> {
    await this.share.look()
    await this.#untilEnded(this.share.runners)
  }

  async #begin(): Promise<void> {
    const { store, documents } = this.#settings
    try {
      await prepareConsumer(this.#settings)
      this.#stopListening = await store.adapter.onAppend((writes) => {
        // Events alone change nothing in the fleet.
        if (writes === undefined) this.#alarm.ring()
      })
      await this.#beat()
      await changeConsumer(documents)
      store.adapter.wakeUp()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#stopping !== undefined) return
    this.#error = { error }
    this.stop()
    this.#onChange()
  }

  async #live(): Promise<void> {
    const backOff = new BackOff(50, this.#interval, this.#settings.random)
    const { signal } = this.#end
    while (!signal.aborted) {
      let pause = this.#beatAt + this.#interval - performance.now()
      try {
        if (pause <= 0) await this.#beat()
        else if (await this.share.hasChanged()) await this.share.look()
        backOff.reset()
        if (this.#trouble !== undefined) this.#changeTrouble(undefined)
        pause = this.#beatAt + this.#interval - performance.now()
      } catch (error) {
        if (!isEventfoldError(error) || !error.retryable) return this.#fail(error)
        pause = Math.min(backOff.next(), this.#interval)
        this.#settings.onError(error, { attempt: backOff.attempts, action: 'retry' })
        this.#changeTrouble({ error })
      }
      const least = Math.min(lookInterval, this.#interval, Math.max(pause, 0))
      await sleep(least, signal)
      await this.#alarm.sleep(Math.max(pause - least, 0), signal)
    }
  }

  async #beat(): Promise<void> {
    const at = performance.now()
    await this.share.renew(at)
    this.#beatAt = at
  }

  #changeTrouble(trouble: { readonly error: unknown } | undefined): void {
    this.#trouble = trouble
    this.#onChange()
  }

  async #shutDown(): Promise<void> {
    this.share.close()
    const { runners } = this.share
    await this.#untilEnded(runners)
    this.#end.abort()
    const deadline = new AbortController()
    await within(farewellTime, this.#sayFarewell(deadline.signal))
    deadline.abort()
    this.#onChange()
  }

  async #untilEnded(runners: readonly PartitionRunner<Transaction>[]): Promise<void> {
    const ended = Promise.all(runners.map((runner) => runner.ended))
    await within(this.#settings.stopTimeout, ended)
    for (const runner of runners) runner.abort()
    await within(farewellTime, ended)
  }

  async #sayFarewell(signal: AbortSignal): Promise<void> {
    const { random } = this.#settings
    try {
      await this.#loop
      await keepTrying(() => this.share.leave(), { signal, random, onRetry: () => {} })
    } catch {
      // Then the lease runs out.
    }
    await this.#stopListening?.().catch(() => {})
  }
}
