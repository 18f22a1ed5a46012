import { LockTimeoutError } from '@eventfold/core'

/** Lets the writers of one store go one after another, in the order in which they came. */
export class Turns {
  readonly #timeout: number
  readonly #waiting = new Set<() => void>()
  #taken = false

  constructor(timeoutMilliseconds: number) {
    this.#timeout = timeoutMilliseconds
  }

  /**
   * Takes the turn, which {@link pass} gives up.
   *
   * @returns undefined where it is free at once
   * @throws LockTimeoutError
   */
  take(): Promise<void> | undefined {
    if (this.#taken) return this.#wait()
    this.#taken = true
    return undefined
  }

  pass(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#taken = false
    else next()
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer)
        this.#waiting.delete(turn)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(turn)
        reject(new LockTimeoutError(this.#timeout))
      }, this.#timeout)
      this.#waiting.add(turn)
    })
  }
}
