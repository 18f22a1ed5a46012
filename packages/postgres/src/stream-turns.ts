/**
 * Lets one piece of work per stream run at a time, and at most so many in all. A stream that somebody else has locked
 * then holds up one connection, not the whole pool.
 */
export class StreamTurns {
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** How much more work could run now. */
  get free(): number {
    return this.#free
  }

  /** Whether work for one of the streams is waiting or under way. */
  has(streams: Iterable<string>): boolean {
    if (this.#last.size === 0) return false
    for (const stream of streams) if (this.#last.has(stream)) return true
    return false
  }

  async run<Result>(streams: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const earlier = Promise.all(streams.map((stream) => this.#last.get(stream)))
    const result = earlier.then(() => this.#withSlot(work))
    const settled = result.catch(() => {})
    for (const stream of streams) this.#last.set(stream, settled)
    try {
      return await result
    } finally {
      for (const stream of streams) if (this.#last.get(stream) === settled) this.#last.delete(stream)
    }
  }

  async #withSlot<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
