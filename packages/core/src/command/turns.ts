import { untilAborted } from '../store/until-aborted.ts'

/** Lets those who want the same go one after another, and all others at once. Nothing is left of it when they are done. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Runs `work` when everybody before has ended who wants `key`, however that was.
   *
   * @throws the reason of the signal if that aborts first; then `work` never runs
   */
  async take<Result>(
    key: string,
    work: () => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const before = this.#last.get(key)
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const turn = before === undefined ? ended : before.then(() => ended)
    this.#last.set(key, turn)
    try {
      if (before !== undefined) await untilAborted(before, signal)
      return await work()
    } finally {
      end()
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}
