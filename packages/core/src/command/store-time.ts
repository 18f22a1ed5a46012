/** How long the difference of the clocks is trusted, in milliseconds. */
const trustedFor = 60_000

/** The clock of the database, for what is to be judged alike by all its instances. */
export class StoreTime {
  readonly #ask: () => Promise<number>
  #ahead = 0
  #askedAt = Number.NEGATIVE_INFINITY

  /** @param ask milliseconds since 1970, by the clock of the database */
  constructor(ask: () => Promise<number>) {
    this.#ask = ask
  }

  /** Without a round trip each time: asked once a minute, and told by the monotonic clock since. */
  async roughly(): Promise<number> {
    if (performance.now() - this.#askedAt > trustedFor) return this.exactly()
    return Math.round(performance.now() + this.#ahead)
  }

  /** For short times: the monotonic clock of a machine that was suspended is late. */
  async exactly(): Promise<number> {
    const now = await this.#ask()
    this.#askedAt = performance.now()
    this.#ahead = now - this.#askedAt
    return now
  }
}
