import type { EventStore } from '@eventfold/core'
import { DocumentCollection } from './document-collection.ts'
import { deposited } from './facts.ts'
import { rejectsWith } from './rejects-with.ts'

/** Whatever work does with its transaction, by method. */
export function usesOf(store: EventStore, transaction: unknown): Record<string, () => Promise<unknown>> {
  const events = {
    append: () => store.append('account-2', [deposited(2)], { transaction }),
    readStream: () => store.readStream('account-1', { transaction }),
    streamInfo: () => store.streamInfo('account-1', { transaction }),
  }
  if (store.adapter.documents === undefined) return events
  const accounts = new DocumentCollection(store)
  return {
    ...events,
    read: () => accounts.get('1', { transaction }),
    'read with a lock': () => accounts.get('1', { transaction, lock: true }),
    write: () => accounts.put('2', 'late', {}, transaction),
    find: () => accounts.find({}, transaction),
    count: () => accounts.count([], transaction),
    clear: () => accounts.clear(transaction),
  }
}

/** Asserts that nothing can be done with a transaction any more. */
export async function checkRefused(store: EventStore, transaction: unknown): Promise<void> {
  for (const [method, use] of Object.entries(usesOf(store, transaction))) {
    await rejectsWith(use(), 'invalid-transaction', { retryable: false }, method)
  }
}
