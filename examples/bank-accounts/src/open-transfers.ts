import { commandBus, type EventStore, repository, type SagaOptions, saga } from '@eventfold/core'
import { Account } from './account.ts'
import { MoneyTransfer } from './money-transfer.ts'
import { Transfer } from './transfer.ts'

/** Transfers on a store: to ask for them, and to carry them out. */
export function openTransfers(store: EventStore, options: Omit<SagaOptions, 'bus'> = {}) {
  const bus = commandBus(store, { aggregates: [repository(Account, store), repository(Transfer, store)] })
  return { bus, transfers: saga(MoneyTransfer, store, { ...options, bus }) }
}
