import { isEventfoldError } from '../errors.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import { SetAside } from './set-aside.ts'
import type { StoredTimer, TimerPlace, Timers } from './timers.ts'

/** Most timers that fire in one transaction. */
const batchSize = 100

export interface LookSignals {
  /** Ends a look after the transaction under way. */
  readonly end: AbortSignal
  /** Ends the transaction as well. */
  readonly cut: AbortSignal
}

/** Fires what is due, in the order of due times per stream, and leaves alone for a while what cannot be fired. */
export class DueTimers<Transaction> {
  readonly #timers: Timers<Transaction>
  readonly #now: () => Promise<number>
  readonly #onError: (error: unknown) => void
  /** Timers, by their keys. */
  readonly #unfit: SetAside
  /** Streams that somebody else holds a lock on. */
  readonly #locked: SetAside

  constructor(
    timers: Timers<Transaction>,
    options: {
      readonly now: () => Promise<number>
      readonly onError: (error: unknown) => void
      readonly random: () => number
    },
  ) {
    this.#timers = timers
    this.#now = options.now
    this.#onError = options.onError
    this.#unfit = new SetAside(options.random)
    this.#locked = new SetAside(options.random)
  }

  /**
   * Looks once. Resolves with the milliseconds until the next one is due; undefined: there is none. Where nothing is due
   * it costs one read of one document, and a look at the clock if there is one.
   *
   * @throws what the store throws that concerns more than a timer
   */
  async look(signals: LookSignals): Promise<number | undefined> {
    let after: TimerPlace | undefined
    let limit = 1
    let conflicts = 0
    const look: Look = { signals, passedOver: new Set(), lockWaits: 0 }
    for (;;) {
      signals.end.throwIfAborted()
      const pending = await this.#timers.pending(limit, after)
      if (pending.length === 0) return undefined
      const now = await this.#now()
      signals.end.throwIfAborted()
      const due: StoredTimer[] = []
      let next: number | undefined
      for (const { place, text, timer, error } of pending) {
        if (timer === undefined) this.#refuse(place.key, error)
        else if (timer.due > now) {
          next = timer.due - now
          break
        } else if (!this.#isSetAside(timer, look)) due.push({ timer, text })
      }
      if (due.length > 0 && !(await this.#fire(due, look))) {
        // Somebody else is at it. What is left is found anew.
        await pauseAfterConflict(++conflicts)
        continue
      }
      if (next !== undefined || pending.length < limit) return next
      conflicts = 0
      limit = batchSize
      after = pending.at(-1)?.place
    }
  }

  /**
   * All at once, or where that fails stream by stream, and timer by timer. False: somebody else has changed, cancelled or
   * fired some of them.
   */
  async #fire(due: readonly StoredTimer[], look: Look): Promise<boolean> {
    try {
      await this.#timers.fire(due, look.signals.cut)
    } catch (error) {
      if (isEventfoldError(error, 'document-conflict')) return false
      const isLocked = isEventfoldError(error, 'lock-timeout')
      if (look.signals.cut.aborted || (concernsAll(error) && !isLocked)) throw error
      const streams = [...Map.groupBy(due, ({ timer }) => timer.stream)]
      if (streams.length > 1) {
        return this.#fireApart(
          streams.map(([, part]) => part),
          look,
        )
      }
      if (isLocked) for (const [stream] of streams) this.#passOver(stream, look, error)
      else if (due.length > 1) {
        return this.#fireApart(
          due.map((timer) => [timer]),
          look,
        )
      } else for (const { timer } of due) this.#refuse(timer.id, error)
      return true
    }
    look.lockWaits = 0
    for (const { timer } of due) this.#release(timer)
    return true
  }

  async #fireApart(parts: readonly (readonly StoredTimer[])[], look: Look): Promise<boolean> {
    let isDone = true
    for (const part of parts) {
      look.signals.end.throwIfAborted()
      if (!(await this.#fire(part, look))) isDone = false
    }
    return isDone
  }

  /** Leaves alone a stream that is locked. Where one after the other is, it may be the whole store. */
  #passOver(stream: string, look: Look, error: unknown): void {
    this.#locked.add(stream)
    look.passedOver.add(stream)
    if (++look.lockWaits > 1) throw error
    this.#tell(error)
  }

  /** A stream is left alone for the rest of the look, so that its later timers do not overtake the first. */
  #isSetAside({ id, stream }: StoredTimer['timer'], { passedOver }: Look): boolean {
    if (this.#locked.has(stream)) passedOver.add(stream)
    return passedOver.has(stream) || this.#unfit.has(id)
  }

  #release({ id, stream }: StoredTimer['timer']): void {
    this.#unfit.delete(id)
    this.#locked.delete(stream)
  }

  #refuse(key: string, error: unknown): void {
    if (this.#unfit.has(key)) return
    this.#unfit.add(key)
    this.#tell(error)
  }

  #tell(error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A hook that throws must not stop a timer.
    }
  }
}

interface Look {
  readonly signals: LookSignals
  /** Streams that are locked, or were. */
  readonly passedOver: Set<string>
  /** How many streams in a row were locked. */
  lockWaits: number
}

/** Whether the fault is that of the store, not of what was to be stored. */
function concernsAll(error: unknown): boolean {
  return isEventfoldError(error) && (error.retryable || error.code === 'store-closed')
}
