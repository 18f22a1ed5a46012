import type { DocumentAdapter, TransactionOptions } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Whoever reads documents sees what an open transaction has written. */
export class DirtyDocuments extends DelegatingAdapter {
  #open: unknown

  override get documents(): DocumentAdapter {
    const healthy = super.documents
    return {
      read: (references, options) =>
        healthy.read(references, { ...options, transaction: options?.transaction ?? this.#open }),
      write: (writes, transaction) => healthy.write(writes, transaction),
      find: (query, transaction) => healthy.find(query, transaction ?? this.#open),
      count: (collection, where, transaction) => healthy.count(collection, where, transaction ?? this.#open),
      clear: (collection, transaction) => healthy.clear(collection, transaction),
    }
  }

  override transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return super.transaction((transaction) => {
      this.#open = transaction
      return work(transaction).finally(() => {
        this.#open = undefined
      })
    }, options)
  }
}
