import { checkCount } from '../check-count.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import type { WaitOptions } from './consumer.ts'
import { WaitTimeoutError } from './consumer-errors.ts'
import { untilTrue } from './until-true.ts'

/**
 * Resolves when `reached` gives `position` or more. Looks when events are appended, and from time to time as well.
 *
 * @param name of who is waited for, for the error
 * @throws WaitTimeoutError, and what `reached` throws
 */
export async function untilReached(
  adapter: StoreAdapter,
  name: string,
  position: number,
  reached: () => Promise<number>,
  { timeout = 5_000, signal }: Pick<WaitOptions, 'timeout' | 'signal'> = {},
): Promise<void> {
  checkCount(position, 'position', 0)
  let actual = 0
  const look = async () => {
    actual = await reached()
    return actual >= position
  }
  const isReached = await untilTrue(adapter, look, { timeout, ...(signal !== undefined && { signal }) })
  if (!isReached) throw new WaitTimeoutError(name, position, actual, timeout)
}
