import { addDeposit, type Balance, type Deposit, noBalance } from '../deposit.ts'
import { EventfoldStore } from './eventfold-store.ts'

/** Eventfold, with a subscription in the place of the consumer. */
export class SubscribedStore<Transaction> extends EventfoldStore<Transaction> {
  override async catchUp(): Promise<{ readonly seen: Balance }> {
    let balance = noBalance
    for await (const { events, live } of this.store.subscribe().batches()) {
      for (const { data } of events) balance = addDeposit(balance, data as Deposit)
      if (live) break
    }
    return { seen: balance }
  }
}
