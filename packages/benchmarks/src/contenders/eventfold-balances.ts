import { type DocumentReadModel, defineProjection, type EventStore, readModel } from '@eventfold/core'
import type { Projected } from '../contender.ts'
import { addBalances, addDeposit, type Balance, noBalance } from '../deposit.ts'
import { Account } from './eventfold-account.ts'

/** A read model of balances, up to the present head of the log. */
export async function buildBalances<Transaction>(
  store: EventStore<Transaction>,
  name: string,
): Promise<() => Promise<Projected>> {
  const Balances = defineProjection(name, {
    of: [Account],
    initialState: noBalance,
    on: { MoneyDeposited: (balance, { data }) => addDeposit(balance, data) },
  })
  const balances = readModel(Balances, store, { mode: 'async' })
  const head = await store.head()
  await balances.start()
  await balances.waitFor(head, { timeout: 600_000 })
  await balances.stop()
  return () => sumUp(balances)
}

async function sumUp<Fields, Transaction>(
  balances: DocumentReadModel<Balance, Fields, Transaction>,
): Promise<Projected> {
  let sum: Projected = { documents: 0, ...noBalance }
  let after: string | undefined
  do {
    const page = await balances.list({ limit: 1000, ...(after !== undefined && { after }) })
    for (const { document } of page.documents) {
      sum = { documents: sum.documents + 1, ...addBalances(sum, document) }
    }
    after = page.next
  } while (after !== undefined)
  return sum
}
