import type { Consumer, WaitOptions } from '../consumer/consumer.ts'

/** What keeps a stored read model up to date, in some mode. */
export interface Upkeep<Transaction> {
  readonly isRunning: boolean
  /** Why it has ended by itself. */
  readonly error: unknown
  /** Of the generation that serves, where this instance runs one. */
  readonly consumer: Consumer<Transaction> | undefined
  /** Why the consumer of a generation has failed, where this instance runs one. */
  failureOf(generation: number): unknown
  start(): Promise<void>
  stop(): Promise<void>
  /** Looks at once at what serves now. */
  follow(): Promise<void>
  waitFor(position: number, options?: Pick<WaitOptions, 'timeout' | 'signal'>): Promise<void>
}
