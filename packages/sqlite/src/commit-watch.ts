import { type AppendListener, AppendListeners } from '@eventfold/core/adapter'
import type { Append } from './group-writer.ts'
import type { LogReader } from './log-reader.ts'
import type { WriteHint } from './write-hint.ts'

/** After so many intervals without a write, waiting for a hint takes the place of polling. */
const quietIntervals = 10
/** Milliseconds after a hint to the first look: the write that set it off comes before its commit. */
const firstDelay = 1
/** So many writes in a row without a hint show that there are none: on this file system, or this platform. */
const mostMissed = 3

/**
 * Tells listeners of commits: those of this store at once, those of other connections and processes by polling. Once
 * nobody has written for a while, the operating system tells of the next write instead.
 */
export class CommitWatch {
  readonly #reader: LogReader
  readonly #hint: WriteHint
  readonly #interval: number
  readonly #restInterval: number
  readonly #listeners = new AppendListeners()
  #timer: ReturnType<typeof setTimeout> | undefined
  #dataVersion = 0
  #head = 0
  #wakeUps = 0
  /** By the monotonic clock. */
  #changedAt = 0
  #missed = 0

  /**
   * @param hint tells of writes to the write-ahead log
   * @param interval milliseconds between two looks while there are writes
   * @param restInterval the same while it waits for a hint
   */
  constructor(reader: LogReader, hint: WriteHint, interval: number, restInterval = 1_000) {
    this.#reader = reader
    this.#hint = hint
    this.#interval = interval
    this.#restInterval = Math.max(interval, restInterval)
  }

  /** @returns what ends it */
  add(listener: AppendListener): () => void {
    if (this.#listeners.size === 0) this.#start()
    const remove = this.#listeners.add(listener)
    return () => {
      remove()
      if (this.#listeners.size === 0) this.end()
    }
  }

  /** Tells the listeners of this store, without a look at the file. */
  wakeUp(): void {
    this.#listeners.tell()
  }

  /** To be called before a wake-up of this store is committed, so that its listeners do not hear of it twice. */
  noteWakeUp(count: number): void {
    if (this.#wakeUps === count - 1) this.#wakeUps = count
  }

  /** To be called after a commit of this store that has stored just these appends, up to `position`. */
  stored(appends: readonly Append[], position: number): void {
    if (this.#listeners.size === 0 || position <= this.#head) return
    const writes = appends.flat()
    const count = writes.reduce((sum, { events }) => sum + events.length, 0)
    // Else others have stored before it what no look will tell of any more.
    const isAll = position - this.#head === count
    this.#head = position
    // Hints of what is known would cost.
    if (this.#hint.isArmed) this.#stir(this.#interval)
    this.#listeners.tell(isAll ? writes : undefined)
  }

  /** To be called after any other commit of this store. Tells whether anybody has written since the last look. */
  look(): boolean {
    if (this.#listeners.size === 0) return false
    try {
      const dataVersion = this.#reader.dataVersion()
      if (dataVersion === this.#dataVersion) return false
      this.#dataVersion = dataVersion
      const head = this.#reader.head()
      const wakeUps = this.#reader.wakeUps()
      if (head === this.#head && wakeUps === this.#wakeUps) return true
      this.#head = head
      this.#wakeUps = wakeUps
    } catch {
      // Whoever wants to know why the file cannot be read finds out by reading; a wake-up too many does no harm.
    }
    this.wakeUp()
    return true
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#hint.disarm()
    this.#listeners.clear()
  }

  #start(): void {
    this.#dataVersion = this.#reader.dataVersion()
    this.#head = this.#reader.head()
    this.#wakeUps = this.#reader.wakeUps()
    this.#stir(this.#interval)
  }

  /** Somebody writes: polls. @param delay milliseconds to the first look; the next ones are twice as far each */
  #stir(delay: number): void {
    this.#hint.disarm()
    this.#changedAt = performance.now()
    this.#plan(delay)
  }

  #plan(delay: number): void {
    this.#after(Math.min(delay, this.#interval), () => {
      const now = performance.now()
      if (this.look()) this.#changedAt = now
      const isQuiet = now - this.#changedAt >= quietIntervals * this.#interval
      if (!isQuiet || !this.#rest()) this.#plan(delay * 2)
    })
  }

  /** Nobody writes: waits for a hint, and looks from time to time. Tells whether there can be one. */
  #rest(): boolean {
    const stir = () => {
      this.#missed = 0
      this.#stir(firstDelay)
    }
    if (this.#missed >= mostMissed || !this.#hint.arm(stir)) return false
    // Somebody may have written before it was armed.
    if (this.look()) this.#stir(this.#interval)
    else this.#watchHint()
    return true
  }

  #watchHint(): void {
    this.#after(this.#restInterval, () => {
      if (this.look()) {
        this.#missed++
        this.#stir(this.#interval)
      } else {
        this.#watchHint()
      }
    })
  }

  #after(delay: number, work: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(work, delay)
    this.#timer.unref()
  }
}
