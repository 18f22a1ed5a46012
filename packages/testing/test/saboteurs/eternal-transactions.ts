import type {
  DocumentAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
} from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** A transaction that has ended works on as if there were none. */
export class EternalTransactions extends DelegatingAdapter {
  readonly #open = new Set<unknown>()

  override get documents(): DocumentAdapter {
    const healthy = super.documents
    return {
      read: (references, options) =>
        healthy.read(references, { ...options, transaction: this.#openOnly(options?.transaction) }),
      write: (writes, transaction) => healthy.write(writes, this.#openOnly(transaction)),
      find: (query, transaction) => healthy.find(query, this.#openOnly(transaction)),
      count: (collection, where, transaction) =>
        healthy.count(collection, where, this.#openOnly(transaction)),
      clear: (collection, transaction) => healthy.clear(collection, this.#openOnly(transaction)),
    }
  }

  override async transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    let open: unknown
    try {
      return await super.transaction((transaction) => {
        open = transaction
        this.#open.add(transaction)
        return work(transaction)
      }, options)
    } finally {
      this.#open.delete(open)
    }
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
