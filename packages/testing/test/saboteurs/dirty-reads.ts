import type { StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Whoever reads a stream sees what an open transaction has appended. */
export class DirtyReads extends DelegatingAdapter {
  #open: unknown

  override transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    return this.inner.transaction(async (transaction) => {
      this.#open = transaction
      try {
        return await work(transaction)
      } finally {
        this.#open = undefined
      }
    })
  }

  override readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.inner.readStream(query, transaction ?? this.#open)
  }
}
