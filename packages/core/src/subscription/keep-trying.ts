import { type EventfoldError, isEventfoldError } from '../errors.ts'
import { sleep } from './alarm.ts'
import { BackOff } from './back-off.ts'

export interface KeepTryingOptions {
  /** Ends it between two attempts; it rejects with the reason. */
  readonly signal: AbortSignal
  readonly onRetry: (error: EventfoldError, attempt: number) => void
  /** Told of the first success after that. */
  readonly onRecovery?: () => void
  readonly random: () => number
}

/** Repeats a call to the store, with back-off up to 5 seconds, while it fails with what passes by itself. */
export async function keepTrying<Result>(
  work: () => Promise<Result>,
  { signal, onRetry, onRecovery, random }: KeepTryingOptions,
): Promise<Result> {
  const backOff = new BackOff(50, 5_000, random)
  for (;;) {
    signal.throwIfAborted()
    try {
      const result = await work()
      if (backOff.attempts > 0) onRecovery?.()
      return result
    } catch (error) {
      if (!isEventfoldError(error) || !error.retryable) throw error
      const pause = backOff.next()
      onRetry(error, backOff.attempts)
      await sleep(pause, signal)
    }
  }
}
