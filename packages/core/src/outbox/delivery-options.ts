import type { ConsumerOptions } from '../consumer/consumer-options.ts'

/** Options of a consumer that delivers. */
export interface DeliveryOptions extends Omit<ConsumerOptions, 'filter' | 'onProgress'> {
  /** Milliseconds since 1970, to tell what is due. Default: the clock of the database. */
  readonly now?: () => Promise<number>
}

export interface PutOptions<Transaction = unknown> {
  /** An open transaction of the same store: what is put goes out when that commits, and never if it does not. */
  readonly transaction?: Transaction
  /** Not before this time. */
  readonly at?: Date
  /** Not before so many milliseconds have passed. */
  readonly after?: number
}
