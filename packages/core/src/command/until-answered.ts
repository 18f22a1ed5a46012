import { isEventfoldError, StoreUnavailableError } from '../errors.ts'
import { sleep } from '../subscription/alarm.ts'

const repetitions = 3
const firstPauseMilliseconds = 50

/** After one of these nobody knows more than before. */
const troubles = [
  'store-unavailable',
  'store-closed',
  'store-failure',
  'lock-timeout',
  'storage-full',
] as const

/**
 * Repeats what a store could not answer, as `EventStore.append` does: for work that an idempotency key makes safe to
 * repeat.
 *
 * @throws StoreUnavailableError `'unknown'` also where only an earlier attempt may have been stored
 */
export async function untilAnswered<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  let mayBeStored = false
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isEventfoldError(error, 'store-unavailable') || attempt === repetitions) {
        throw mayBeStored ? stillUnknown(error) : error
      }
      mayBeStored ||= error.outcome === 'unknown'
    }
    await sleep(firstPauseMilliseconds * 2 ** attempt, signal)
    signal?.throwIfAborted()
  }
}

function stillUnknown(error: unknown): unknown {
  const trouble = troubles.find((code) => isEventfoldError(error, code))
  if (trouble === undefined) return error
  if (isEventfoldError(error, 'store-unavailable') && error.outcome === 'unknown') return error
  const reason = `an attempt had no reply, and the last failed: ${(error as Error).message}`
  return new StoreUnavailableError('unknown', reason, { cause: error })
}
