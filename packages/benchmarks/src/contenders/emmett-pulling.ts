import { pageSize } from '../page-size.ts'

/** How a consumer of Emmett reads. By default 100 messages at a time, with pauses of 50 ms. */
export interface Pulling {
  readonly batchSize?: number
  readonly pullingFrequencyInMs?: number
}

/** Without a pause, except for the first, and pages as large as those of the others. */
export const tunedPulling: Pulling = { batchSize: pageSize, pullingFrequencyInMs: 0 }
