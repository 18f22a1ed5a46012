/** Pauses between attempts that double, up to a longest one, each shortened at random by up to a half. */
export class BackOff {
  readonly #first: number
  readonly #longest: number
  readonly #random: () => number
  #attempts = 0

  constructor(firstMilliseconds: number, longestMilliseconds: number, random: () => number = Math.random) {
    this.#first = firstMilliseconds
    this.#longest = longestMilliseconds
    this.#random = random
  }

  /** How many pauses were taken since the last success. */
  get attempts(): number {
    return this.#attempts
  }

  /** The next pause, in milliseconds. */
  next(): number {
    const full = Math.min(this.#first * 2 ** this.#attempts, this.#longest)
    this.#attempts++
    return full * (1 - this.#random() / 2)
  }

  reset(): void {
    this.#attempts = 0
  }
}
