import type { LogReader } from './log-reader.ts'

/** Tells listeners of commits: those of this store at once, those of other connections and processes by polling. */
export class CommitWatch {
  readonly #reader: LogReader
  readonly #interval: number
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setInterval> | undefined
  #dataVersion = 0
  #head = 0
  #wakeUps = 0

  constructor(reader: LogReader, intervalMilliseconds: number) {
    this.#reader = reader
    this.#interval = intervalMilliseconds
  }

  /** @returns what ends it */
  add(listener: () => void): () => void {
    const entry = () => listener()
    if (this.#timer === undefined) this.#start()
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
      if (this.#listeners.size === 0) this.end()
    }
  }

  /** Tells the listeners of this store, without a look at the file. */
  wakeUp(): void {
    for (const listener of this.#listeners) queueMicrotask(listener)
  }

  /** To be called before a wake-up of this store is committed, so that its listeners do not hear of it twice. */
  noteWakeUp(count: number): void {
    if (this.#wakeUps === count - 1) this.#wakeUps = count
  }

  /** To be called after a commit of this store. */
  look(): void {
    if (this.#timer === undefined) return
    try {
      const dataVersion = this.#reader.dataVersion()
      if (dataVersion === this.#dataVersion) return
      this.#dataVersion = dataVersion
      const head = this.#reader.head()
      const wakeUps = this.#reader.wakeUps()
      if (head === this.#head && wakeUps === this.#wakeUps) return
      this.#head = head
      this.#wakeUps = wakeUps
    } catch {
      // Whoever wants to know why the file cannot be read finds out by reading; a wake-up too many does no harm.
    }
    this.wakeUp()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#listeners.clear()
  }

  #start(): void {
    this.#dataVersion = this.#reader.dataVersion()
    this.#head = this.#reader.head()
    this.#wakeUps = this.#reader.wakeUps()
    this.#timer = setInterval(() => this.look(), this.#interval)
    this.#timer.unref()
  }
}
