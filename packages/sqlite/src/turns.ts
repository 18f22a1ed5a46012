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
   * @throws LockTimeoutError, and the reason of the signal if that aborts while it waits
   */
  take(signal?: AbortSignal): Promise<void> | undefined {
    if (this.#taken) return this.#wait(signal)
    this.#taken = true
    return undefined
  }

  pass(): void {
    if (this.#waiting.size === 0) {
      this.#taken = false
      return
    }
    const [next] = this.#waiting
    next?.()
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        this.#waiting.delete(turn)
        signal?.removeEventListener('abort', abort)
      }
      const turn = () => {
        leave()
        resolve()
      }
      const abort = () => {
        leave()
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        leave()
        reject(new LockTimeoutError(this.#timeout))
      }, this.#timeout)
      this.#waiting.add(turn)
      signal?.addEventListener('abort', abort)
    })
  }
}
