import { type EventStore, type RepositoryOf, repository } from '@eventfold/core'
import { Account } from './account.ts'

/** The accounts of a store. Those that are used much are kept in mind, and old ones need not be folded from the start. */
export function openAccounts<Transaction>(
  store: EventStore<Transaction>,
): RepositoryOf<typeof Account, Transaction> {
  return repository(Account, store, { cache: 2_000, snapshots: { every: 100 } })
}
