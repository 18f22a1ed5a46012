import { checkCount } from '../check-count.ts'
import { isEventfoldError } from '../errors.ts'
import { Alarm, sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import type { StoredTimer, Timers } from './timers.ts'

export interface TimerRunnerOptions {
  /** Longest time between two looks at the timers, in milliseconds, where no wake-up comes. Default 1,000. */
  readonly pollInterval?: number
  /** Milliseconds since 1970. Default: the clock of the database. */
  readonly now?: () => Promise<number>
  /** Called for every look that has failed; it looks again, later each time. */
  readonly onError?: (error: unknown) => void
  /** Between 0 and 1, for the jitter of pauses. */
  readonly random?: () => number
}

/** Most timers that fire in one transaction. */
const batchSize = 100
/** Shortest time between two looks that wake-ups set off, in milliseconds: every append is one. */
const lookInterval = 50

/**
 * Fires the timers of an owner when they are due, each once, in the order of their times. Any number of instances may
 * run: each timer is fired by one of them. What was due while none ran is fired when one does.
 */
export class TimerRunner<Transaction> {
  readonly #timers: Timers<Transaction>
  readonly #pollInterval: number
  readonly #now: () => Promise<number>
  readonly #onError: (error: unknown) => void
  readonly #random: () => number
  readonly #alarm = new Alarm()
  #end = new AbortController()
  #loop: Promise<void> | undefined

  /** @throws InvalidInputError `invalid-option` */
  constructor(timers: Timers<Transaction>, options: TimerRunnerOptions = {}) {
    this.#timers = timers
    this.#pollInterval = checkCount(options.pollInterval ?? 1_000, 'pollInterval', 1)
    this.#now = options.now ?? (() => timers.store.adapter.now())
    this.#onError = options.onError ?? (() => {})
    this.#random = options.random ?? Math.random
  }

  /** Resolves when it works. Does nothing if it does. */
  async start(): Promise<void> {
    if (this.#loop !== undefined) return
    this.#end = new AbortController()
    this.#loop = Promise.resolve()
    try {
      const stopListening = await this.#timers.store.onAppend(this.#alarm.ring)
      this.#loop = this.#run(this.#end.signal).finally(stopListening)
    } catch (error) {
      this.#loop = undefined
      throw error
    }
  }

  /** Ends it after the transaction under way. Never rejects. May be called twice. */
  async stop(): Promise<void> {
    this.#end.abort()
    const loop = this.#loop
    this.#loop = undefined
    await loop?.catch(() => {})
  }

  /** Fires what is due now, once. Resolves with the milliseconds until the next one is; undefined: there is none. */
  async fireDue(): Promise<number | undefined> {
    for (;;) {
      const pending = await this.#timers.pending(batchSize)
      if (pending.length === 0) return undefined
      const now = await this.#now()
      const due = pending.filter(({ timer }) => timer.due <= now)
      const fired = due.length === 0 ? 0 : await this.#fire(due)
      const next = pending[due.length]
      if (next !== undefined) return next.timer.due - now
      if (pending.length < batchSize || fired === 0) return undefined
      this.#end.signal.throwIfAborted()
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(50, 5_000, this.#random)
    while (!signal.aborted) {
      let pause = this.#pollInterval
      try {
        const next = await this.fireDue()
        if (next !== undefined) pause = Math.min(next, pause)
        backOff.reset()
      } catch (error) {
        this.#report(error)
        pause = backOff.next()
        if (isEventfoldError(error, 'store-closed')) return
      }
      const rest = Math.min(pause, lookInterval)
      await sleep(rest, signal)
      if (pause > rest) await this.#alarm.sleep(pause - rest, signal)
    }
  }

  /**
   * All at once; one by one where somebody else has got hold of some of them, or one of them cannot be. Resolves with how
   * many are done with.
   */
  async #fire(due: readonly StoredTimer[]): Promise<number> {
    try {
      await this.#timers.fire(due)
      return due.length
    } catch (error) {
      if (mayPass(error)) throw error
    }
    let done = 0
    for (const timer of due) {
      try {
        await this.#timers.fire([timer])
        done++
      } catch (error) {
        if (mayPass(error)) throw error
        // Somebody else has fired or cancelled it.
        if (isEventfoldError(error, 'document-conflict')) done++
        else this.#report(error)
      }
    }
    return done
  }

  #report(error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A hook that throws must not stop a timer.
    }
  }
}

function mayPass(error: unknown): boolean {
  return isEventfoldError(error) && error.retryable && error.code !== 'document-conflict'
}
