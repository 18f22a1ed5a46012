import type { DocumentAdapter, DocumentWrite, StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Transactions that lock nothing: each keeps its writes to itself, and compares when it commits. */
export class LocklessTransactions extends DelegatingAdapter {
  override get documents(): DocumentAdapter {
    const healthy = super.documents
    return {
      read: (references) => healthy.read(references),
      write: async (writes, transaction) => {
        if (transaction === undefined) await healthy.write(writes)
        else (transaction as DocumentWrite[]).push(...writes)
      },
      find: (query) => healthy.find(query),
      count: (collection, where) => healthy.count(collection, where),
      clear: (collection) => healthy.clear(collection),
    }
  }

  override append(writes: readonly StreamWrite[]): Promise<readonly StreamReceipt[]> {
    return super.append(writes)
  }

  override async transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    const writes: DocumentWrite[] = []
    const result = await work(writes)
    await super.documents.write(writes)
    return result
  }
}
