import type { SentEntry } from './saga-entries.ts'

/**
 * How long after a failed attempt the next one is due, in milliseconds; undefined if it was the last. It doubles with
 * each attempt, and is the same whenever it is asked.
 */
export function retryPause({
  attempt,
  retry = {},
}: Pick<SentEntry, 'attempt' | 'retry'>): number | undefined {
  const { attempts = 5, firstPause = 1_000, longestPause = 60_000 } = retry
  return attempt >= attempts ? undefined : Math.min(firstPause * 2 ** (attempt - 1), longestPause)
}
