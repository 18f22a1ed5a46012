import { isEventfoldError } from '../errors.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'

const maxAttempts = 6

/** Repeats `attempt` while it fails with what passes by itself. It has to find out what an earlier one has done. */
export async function withRetries<Result>(attempt: (number: number) => Promise<Result>): Promise<Result> {
  const backOff = new BackOff(50, 2_000)
  for (let number = 1; ; number++) {
    try {
      return await attempt(number)
    } catch (error) {
      if (!isEventfoldError(error) || !error.retryable || number === maxAttempts) throw error
      await sleep(backOff.next())
    }
  }
}
