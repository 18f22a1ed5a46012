import type { TransactionOptions } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Rejects when the signal aborts, and leaves the transaction open for a work that goes on. */
export class AbandonedTransactions extends DelegatingAdapter {
  override transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    { signal }: TransactionOptions = {},
  ): Promise<Result> {
    const aborted = new Promise<never>((_, reject) => {
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
    return Promise.race([aborted, this.inner.transaction(work)])
  }
}
