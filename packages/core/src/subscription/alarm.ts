/** Longest time that a timer can wait for; beyond, it would fire at once. */
const longestTimer = 2_147_483_647

/** Lets one loop sleep until somebody wakes it, a time has passed, or it is told to end. A wake-up is never lost. */
export class Alarm {
  #rung = false
  #sleeper: (() => void) | undefined

  /** Ends the sleep, or the next one if nobody sleeps. */
  readonly ring = (): void => {
    this.#rung = true
    this.#sleeper?.()
  }

  /** Forgets what rang until now: what follows looks at everything anyway. */
  reset(): void {
    this.#rung = false
  }

  /** Resolves when it rings or has rung, after `milliseconds`, or when the signal aborts; it never rejects. */
  async sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#rung && signal?.aborted !== true) await this.#wait(milliseconds, signal)
    this.#rung = false
  }

  #wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        this.#sleeper = undefined
        resolve()
      }
      const timer = setTimeout(end, Math.min(milliseconds, longestTimer))
      signal?.addEventListener('abort', end)
      this.#sleeper = end
    })
  }
}

/** Resolves after `milliseconds`, or when the signal aborts; it never rejects. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Alarm().sleep(milliseconds, signal)
}
