import { StoreClosedError } from '@eventfold/core'

/** Counts the calls under way, so that closing can wait for them. */
export class Calls {
  #underWay = 0
  #closed = false
  #idle: (() => void) | undefined

  get closed(): boolean {
    return this.#closed
  }

  /** @throws StoreClosedError */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new StoreClosedError()
    this.#underWay++
    try {
      return await call()
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#idle?.()
    }
  }

  /** Refuses new calls, and resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
  }
}
