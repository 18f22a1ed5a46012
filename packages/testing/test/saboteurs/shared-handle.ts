import type { DocumentAdapter, StreamReceipt, StreamWrite, TransactionOptions } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** All transactions have one handle, such as the one connection, so a zombie writes into the transaction after it. */
export class SharedHandle extends DelegatingAdapter {
  readonly #handle = {}
  #open: unknown = {}

  override get documents(): DocumentAdapter {
    const healthy = super.documents
    return {
      read: (references, options) =>
        healthy.read(references, { ...options, transaction: this.#actual(options?.transaction) }),
      write: (writes, transaction) => healthy.write(writes, this.#actual(transaction)),
      find: (query, transaction) => healthy.find(query, this.#actual(transaction)),
      count: (collection, where, transaction) => healthy.count(collection, where, this.#actual(transaction)),
      clear: (collection, transaction) => healthy.clear(collection, this.#actual(transaction)),
    }
  }

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return super.append(writes, this.#actual(transaction))
  }

  override transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return super.transaction((transaction) => {
      this.#open = transaction
      return work(this.#handle)
    }, options)
  }

  #actual(transaction: unknown): unknown {
    return transaction === this.#handle ? this.#open : transaction
  }
}
