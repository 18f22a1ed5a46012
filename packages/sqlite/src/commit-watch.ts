import type { LogReader } from './log-reader.ts'

/** Tells listeners of commits: those of this store at once, those of other connections and processes by polling. */
export class CommitWatch {
  readonly #reader: LogReader
  readonly #interval: number
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setInterval> | undefined
  #dataVersion = 0
  #head = 0

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

  /** To be called after a commit of this store. */
  look(): void {
    if (this.#timer === undefined) return
    try {
      const dataVersion = this.#reader.dataVersion()
      if (dataVersion === this.#dataVersion) return
      this.#dataVersion = dataVersion
      const head = this.#reader.head()
      if (head === this.#head) return
      this.#head = head
    } catch {
      // Whoever wants to know why the file cannot be read finds out by reading; a wake-up too many does no harm.
    }
    for (const listener of this.#listeners) queueMicrotask(listener)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#listeners.clear()
  }

  #start(): void {
    this.#dataVersion = this.#reader.dataVersion()
    this.#head = this.#reader.head()
    this.#timer = setInterval(() => this.look(), this.#interval)
    this.#timer.unref()
  }
}
