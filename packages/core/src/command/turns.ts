import { untilAborted } from '../store/until-aborted.ts'

/** Lets those who want the same go one after another, and all others at once. Nothing is left of it when they are done. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Runs `work` when everybody before has ended who wants `key`, however that was.
   *
   * @param work told whether it had to wait; `release` lets the next one go before it has ended
   * @throws the reason of the signal if that aborts first; then `work` never runs
   */
  async take<Result>(
    key: string,
    work: (hasWaited: boolean, release: () => void) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    signal?.throwIfAborted()
    const before = this.#last.get(key)
    const { promise: ended, resolve: release } = Promise.withResolvers<void>()
    const turn = before === undefined ? ended : before.then(() => ended)
    this.#last.set(key, turn)
    if (before !== undefined) {
      try {
        await untilAborted(before, signal)
      } catch (reason) {
        release()
        // Those before are still there, so whoever comes next has to find this one.
        void turn.then(() => this.#forget(key, turn))
        throw reason
      }
    }
    try {
      return await work(before !== undefined, release)
    } finally {
      release()
      this.#forget(key, turn)
    }
  }

  #forget(key: string, turn: Promise<unknown>): void {
    if (this.#last.get(key) === turn) this.#last.delete(key)
  }
}

/** Carries something out in its turn. */
export type InTurn = <Result>(
  work: (hasWaited: boolean, release: () => void) => Promise<Result>,
) => Promise<Result>
