import type {
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
} from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** A transaction that has ended works on as if there were none. */
export class EternalTransactions extends DelegatingAdapter {
  readonly #open = new Set<unknown>()

  override transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    return this.inner.transaction(async (transaction) => {
      this.#open.add(transaction)
      try {
        return await work(transaction)
      } finally {
        this.#open.delete(transaction)
      }
    })
  }

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return this.inner.append(writes, this.#openOnly(transaction))
  }

  override readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.inner.readStream(query, this.#openOnly(transaction))
  }

  override streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    return this.inner.streamInfo(stream, this.#openOnly(transaction))
  }

  #openOnly(transaction: unknown): unknown {
    return this.#open.has(transaction) ? transaction : undefined
  }
}
