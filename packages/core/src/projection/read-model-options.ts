import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import type { CheckReport } from './check-documents.ts'

/**
 * How a read model keeps up with the log.
 *
 * - `inline`: in the transaction of the append; what was appended is what is read
 * - `async`: by a consumer, a moment later, in any number of processes
 * - `live`: folded when it is asked; nothing is stored
 */
export type ReadModelMode = 'inline' | 'async' | 'live'

/** For `async`, and for rebuilding in any mode. */
export interface ReadModelOptions
  extends Pick<
    ConsumerOptions,
    | 'partitions'
    | 'onFailure'
    | 'retry'
    | 'handlerTimeout'
    | 'leaseTime'
    | 'stopTimeout'
    | 'batchSize'
    | 'pollInterval'
    | 'batchInterval'
    | 'onStateChange'
    | 'onError'
    | 'onProgress'
    | 'instance'
    | 'random'
  > {
  /**
   * Longest time until this instance notices that another has rebuilt or upgraded the read model, in milliseconds.
   * Default 1,000. Reading notices at once.
   */
  readonly followInterval?: number
  /**
   * Checks `checkSample` documents (default 100) against the events every so many milliseconds while it runs, and tells
   * `onCheck`. Default: never. For documents.
   */
  readonly checkEvery?: number
  readonly checkSample?: number
  readonly onCheck?: (report: CheckReport<unknown>) => void
}
