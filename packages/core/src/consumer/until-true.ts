import { checkCount } from '../check-count.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import { Alarm } from '../subscription/alarm.ts'
import type { WaitOptions } from './consumer.ts'

/** Pauses between two looks, in milliseconds: they double from the first to the longest. */
const firstPause = 10
const longestPause = 250

/**
 * Resolves when `look` gives true, or with false when the time is over. Looks when events are appended, and from time to
 * time as well.
 *
 * @throws what `look` throws, and the reason of the signal
 */
export async function untilTrue(
  adapter: StoreAdapter,
  look: () => Promise<boolean>,
  { timeout = 5_000, signal }: Pick<WaitOptions, 'timeout' | 'signal'> = {},
): Promise<boolean> {
  checkCount(timeout, 'timeout', 0)
  if (await look()) return true
  const deadline = performance.now() + timeout
  const alarm = new Alarm()
  const stopListening = await adapter.onAppend(alarm.ring)
  try {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      if (await look()) return true
      signal?.throwIfAborted()
      const left = deadline - performance.now()
      if (left <= 0) return false
      await alarm.sleep(Math.min(pause, left), signal)
    }
  } finally {
    await stopListening()
  }
}
