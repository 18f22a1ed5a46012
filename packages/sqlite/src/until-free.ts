import { setTimeout as sleep } from 'node:timers/promises'
import { LockTimeoutError } from '@eventfold/core'
import { isLocked } from './sqlite-errors.ts'

const longestPauseMilliseconds = 5

/**
 * Calls `attempt` until no lock of somebody else is in its way. SQLite's own busy handler would block the event loop,
 * and with it a transaction that this very thread has open on another handle: for ever.
 *
 * @returns at once what `attempt` returned, where that is possible
 * @throws LockTimeoutError, and what `attempt` throws
 */
export function untilFree<Result>(
  attempt: () => Result,
  timeoutMilliseconds: number,
): Result | Promise<Result> {
  try {
    return attempt()
  } catch (error) {
    if (!isLocked(error)) throw error
    return retry(attempt, timeoutMilliseconds)
  }
}

async function retry<Result>(attempt: () => Result, timeoutMilliseconds: number): Promise<Result> {
  const deadline = performance.now() + timeoutMilliseconds
  for (let pause = 1; ; pause = Math.min(pause * 2, longestPauseMilliseconds)) {
    await sleep(Math.random() * pause)
    try {
      return attempt()
    } catch (error) {
      if (!isLocked(error)) throw error
      if (performance.now() >= deadline) throw new LockTimeoutError(timeoutMilliseconds, { cause: error })
    }
  }
}
