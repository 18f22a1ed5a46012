import type { DocumentAdapter, DocumentWrite, TransactionOptions } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Stores what a transaction has written to documents when the transaction has committed. */
export class CheckpointAfterCommit extends DelegatingAdapter {
  readonly #later = new Map<unknown, DocumentWrite[]>()

  override get documents(): DocumentAdapter {
    const healthy = super.documents
    return {
      read: (references, options) => healthy.read(references, options),
      write: async (writes, transaction) => {
        const later = this.#later.get(transaction)
        if (later === undefined) await healthy.write(writes, transaction)
        else later.push(...writes)
      },
      find: (query, transaction) => healthy.find(query, transaction),
      count: (collection, where, transaction) => healthy.count(collection, where, transaction),
      clear: (collection, transaction) => healthy.clear(collection, transaction),
    }
  }

  override async transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    const later: DocumentWrite[] = []
    const result = await super.transaction((transaction) => {
      this.#later.set(transaction, later)
      return work(transaction).finally(() => this.#later.delete(transaction))
    }, options)
    await super.documents.write(later)
    return result
  }
}
