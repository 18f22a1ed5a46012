import { checkCount } from '../check-count.ts'
import { isEventfoldError } from '../errors.ts'
import { Alarm, sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { within } from '../subscription/within.ts'
import { DueTimers } from './due-timers.ts'
import type { Timers } from './timers.ts'

export interface TimerRunnerOptions {
  /** Longest time between two looks at the timers, in milliseconds, where no wake-up comes. Default 1,000. */
  readonly pollInterval?: number
  /** Milliseconds since 1970. Default: the clock of the database. */
  readonly now?: () => Promise<number>
  /** Called for every look that has failed, and for every timer that cannot be fired; it tries again, later each time. */
  readonly onError?: (error: unknown) => void
  /** Between 0 and 1, for the jitter of pauses. */
  readonly random?: () => number
}

/** Shortest time between two looks that wake-ups set off, in milliseconds: every append is one. */
const lookInterval = 50
/** How long an end waits for the transaction under way, and then for the store to give it up, in milliseconds. */
const farewellTime = 1_000

/** From one start to the stop. */
interface Watch {
  readonly alarm: Alarm
  readonly end: AbortController
  readonly cut: AbortController
  /** Resolves when it listens. */
  readonly ready: Promise<void>
  ended: Promise<void>
}

/**
 * Fires the timers of an owner when they are due, each once, those of a stream in the order of their times. Any number of
 * instances may run: each timer is fired by one of them. What was due while none ran is fired when one does.
 *
 * One that cannot be fired, or whose stream is locked, holds up no other: it is told to `onError` and tried again, later
 * each time. Where nothing is due it reads one document per `pollInterval` and, at most twenty times a second, after
 * appends.
 */
export class TimerRunner<Transaction> {
  readonly #timers: Timers<Transaction>
  readonly #due: DueTimers<Transaction>
  readonly #pollInterval: number
  readonly #onError: (error: unknown) => void
  readonly #random: () => number
  #watch: Watch | undefined

  /** @throws InvalidInputError `invalid-option` */
  constructor(timers: Timers<Transaction>, options: TimerRunnerOptions = {}) {
    const { now = () => timers.store.adapter.now(), onError = () => {}, random = Math.random } = options
    this.#timers = timers
    this.#pollInterval = checkCount(options.pollInterval ?? 1_000, 'pollInterval', 1)
    this.#onError = onError
    this.#random = random
    this.#due = new DueTimers(timers, { now, onError, random })
  }

  /** Resolves when it works. Does nothing if it does. */
  start(): Promise<void> {
    this.#watch ??= this.#begin()
    return this.#watch.ready
  }

  /**
   * Ends it after the transaction under way, which is rolled back if it takes longer than a second. Never rejects, and
   * does not wait for a store that hangs. May be called twice.
   */
  async stop(): Promise<void> {
    const watch = this.#watch
    if (watch === undefined) return
    this.#watch = undefined
    watch.end.abort()
    await within(farewellTime, watch.ended)
    watch.cut.abort()
    await within(farewellTime, watch.ended)
  }

  /** Fires what is due now, once. Resolves with the milliseconds until the next one is; undefined: there is none. */
  fireDue(): Promise<number | undefined> {
    const { signal } = new AbortController()
    return this.#due.look({ end: signal, cut: signal })
  }

  #begin(): Watch {
    const alarm = new Alarm()
    const listening = this.#timers.store.onAppend(alarm.ring)
    const watch: Watch = {
      alarm,
      end: new AbortController(),
      cut: new AbortController(),
      ready: listening.then(() => {}),
      ended: Promise.resolve(),
    }
    watch.ended = listening.then((stopListening) => this.#run(watch).finally(stopListening))
    watch.ended.catch(() => {
      // It could not begin, which is told to whoever started it.
      if (this.#watch === watch) this.#watch = undefined
    })
    return watch
  }

  async #run({ alarm, end: { signal: end }, cut: { signal: cut } }: Watch): Promise<void> {
    const backOff = new BackOff(50, 5_000, this.#random)
    const { closing } = this.#timers.store
    closing.addEventListener('abort', alarm.ring)
    try {
      while (!end.aborted) {
        try {
          const next = await this.#due.look({ end, cut })
          backOff.reset()
          const pause = Math.min(next ?? Number.MAX_SAFE_INTEGER, this.#pollInterval)
          const rest = Math.min(pause, lookInterval)
          await sleep(rest, end)
          if (pause > rest) await alarm.sleep(pause - rest, end)
        } catch (error) {
          if (end.aborted) return
          this.#report(error)
          if (isEventfoldError(error, 'store-closed')) return
          await sleep(backOff.next(), end)
        }
      }
    } finally {
      closing.removeEventListener('abort', alarm.ring)
    }
  }

  #report(error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A hook that throws must not stop a timer.
    }
  }
}
