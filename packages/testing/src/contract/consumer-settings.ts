import type { ConsumerOptions } from '@eventfold/core'

/** For cases in which nobody dies: a slow machine must not look like a dead instance. */
export const calm: ConsumerOptions = {
  batchSize: 7,
  pollInterval: 50,
  batchInterval: 0,
  leaseTime: 60_000,
  retry: { attempts: 3, firstPause: 1, longestPause: 5 },
}

/** For cases in which an instance is to be taken for dead soon. What they assert holds also if that is too soon. */
export const hasty: ConsumerOptions = { ...calm, leaseTime: 90 }
