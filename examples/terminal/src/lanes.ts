/**
 * Runs work in lanes: what is in one lane runs in order, one after another; the lanes run concurrently. At most
 * `limit` pieces of work are waiting or running. After the first failure nothing more is started.
 */
export class Lanes {
  readonly #limit: number
  readonly #ends = new Map<string, Promise<void>>()
  #underWay = 0
  #failure: { readonly error: unknown } | undefined
  #wake = () => {}

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Resolves when the work is lined up, so that one caller that awaits it never runs ahead of the limit.
   *
   * @throws what the first failing work threw
   */
  async lineUp(lane: string, work: () => Promise<void>) {
    await this.#until(() => this.#underWay < this.#limit)
    this.#throwFailure()
    this.#underWay++
    const end = (this.#ends.get(lane) ?? Promise.resolve()).then(() => this.#run(work))
    this.#ends.set(lane, end)
    void end.then(() => {
      if (this.#ends.get(lane) === end) this.#ends.delete(lane)
      this.#underWay--
      this.#wake()
    })
  }

  /**
   * Resolves when all lanes are empty.
   *
   * @throws what the first failing work threw
   */
  async finish() {
    await this.#until(() => this.#underWay === 0)
    this.#throwFailure()
  }

  async #run(work: () => Promise<void>) {
    if (this.#failure !== undefined) return
    try {
      await work()
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  async #until(condition: () => boolean) {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
  }

  #throwFailure() {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
