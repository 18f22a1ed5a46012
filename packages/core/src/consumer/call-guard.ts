import { HandlerTimeoutError } from './consumer-errors.ts'

export interface CallFailure {
  readonly error: unknown
}

/**
 * Limits the time of the calls of a processor, one after another, and aborts the one under way. One timer serves many
 * calls, since a timer for each would cost more than most of them.
 */
export class CallGuard {
  readonly #consumer: string
  readonly #milliseconds: number
  #controller = new AbortController()
  /** Kept, since asking the controller costs more than the rest of a call. */
  #signal: AbortSignal = this.#controller.signal
  #isAborted = false
  #hasTimedOut = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** By the monotonic clock, of the call under way. */
  #deadline: number | undefined
  #settle: ((failure: CallFailure) => void) | undefined

  constructor(consumer: string, milliseconds: number) {
    this.#consumer = consumer
    this.#milliseconds = milliseconds
  }

  /** For the next call. */
  get signal(): AbortSignal {
    return this.#signal
  }

  /** Whether the last call took too long. */
  get hasTimedOut(): boolean {
    return this.#hasTimedOut
  }

  /** Whether a call is under way, within its time. */
  get isBusy(): boolean {
    return this.#deadline !== undefined
  }

  /** Aborts the call under way, and all that follow. */
  abort(reason: unknown): void {
    this.#isAborted = true
    this.#end(reason)
  }

  /** Whether `abort` was called. */
  throwIfAborted(): void {
    if (this.#isAborted) this.signal.throwIfAborted()
  }

  /**
   * Waits for a call. Resolves with its error, in an object, where it failed. One that is aborted or too late is left
   * alone, whatever becomes of it; the error is the reason of the signal then.
   */
  wait(call: PromiseLike<unknown>): Promise<CallFailure | undefined> {
    this.#deadline = performance.now() + this.#milliseconds
    this.#timer ??= setTimeout(this.#check, this.#milliseconds)
    return new Promise((resolve) => {
      this.#settle = resolve
      if (this.#isAborted) resolve({ error: this.signal.reason })
      const settle = (failure: CallFailure | undefined) => {
        if (this.#settle === resolve) this.#deadline = undefined
        resolve(failure)
      }
      try {
        call.then(
          () => settle(undefined),
          (error: unknown) => settle({ error }),
        )
      } catch (error) {
        // Not a promise, but something with a `then` of its own.
        settle({ error })
      }
    })
  }

  /** Tells that calls come back in time. */
  succeeded(): void {
    this.#hasTimedOut = false
  }

  /** No call follows for some time. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#deadline = undefined
    this.#settle = undefined
  }

  readonly #check = (): void => {
    this.#timer = undefined
    if (this.#deadline === undefined) return
    const left = this.#deadline - performance.now()
    if (left > 0) {
      this.#timer = setTimeout(this.#check, left)
      return
    }
    this.#hasTimedOut = true
    const reason = new HandlerTimeoutError(this.#consumer, this.#milliseconds)
    const expired = this.#controller
    this.#controller = new AbortController()
    this.#signal = this.#controller.signal
    this.#end(reason, expired)
  }

  #end(reason: unknown, controller = this.#controller): void {
    const settle = this.#settle
    this.#deadline = undefined
    this.#settle = undefined
    controller.abort(reason)
    settle?.({ error: reason })
  }
}
