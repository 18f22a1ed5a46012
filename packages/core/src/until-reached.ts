import { Alarm } from './alarm.ts'
import { checkCount } from './check-count.ts'
import type { WaitOptions } from './consumer.ts'
import { WaitTimeoutError } from './errors.ts'
import type { StoreAdapter } from './store-adapter.ts'

/** Pauses between two looks, in milliseconds: they double from the first to the longest. */
const firstPause = 10
const longestPause = 250

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
  checkCount(timeout, 'timeout', 0)
  if ((await reached()) >= position) return
  const deadline = performance.now() + timeout
  const alarm = new Alarm()
  const stopListening = await adapter.onAppend(alarm.ring)
  try {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const actual = await reached()
      if (actual >= position) return
      signal?.throwIfAborted()
      const left = deadline - performance.now()
      if (left <= 0) throw new WaitTimeoutError(name, position, actual, timeout)
      await alarm.sleep(Math.min(pause, left), signal)
    }
  } finally {
    await stopListening()
  }
}
