import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, defineProjection, readModel } from '@eventfold/core'
import pg from 'pg'
import { collectGarbage } from '../collect-garbage.ts'
import type { Place, StoreName } from '../contender.ts'
import { Account } from '../contenders/eventfold-account.ts'
import type { Size } from '../counts.ts'
import { addDeposit, type Balance, deposits, noBalance } from '../deposit.ts'
import type { Figure, Gauge } from '../gauge.ts'
import { openEventfold } from '../open-eventfold.ts'

const milliseconds: Readonly<Record<Size, number>> = { full: 10_000, quick: 5_000, tiny: 20 }

export const idle: Gauge = {
  name: 'idle',
  does: 'processor time of the process while nothing happens, with a consumer and a read model that are caught up',
  stores: ['memory', 'sqlite', 'postgres'],
  async measure(store, place, size) {
    const opened = await openEventfold(store, place)
    const { position } = await opened.append('account-1', deposits(0, 100))
    const consumer = new Consumer(opened, 'idle', { handle: () => {} })
    const Balances = defineProjection('balances', {
      of: [Account],
      initialState: noBalance,
      on: { MoneyDeposited: (balance: Balance, { data }) => addDeposit(balance, data) },
    })
    const balances = readModel(Balances, opened, { mode: 'async' })
    const without = await rest(store, place, milliseconds[size])
    await consumer.start()
    await balances.start()
    await consumer.waitFor(position)
    await balances.waitFor(position)
    const running = await rest(store, place, milliseconds[size])
    await consumer.stop()
    await balances.stop()
    await opened.close()
    return [
      processor('without', without),
      { ...processor('with', running), atMost: 1 },
      ...(running.transactions === undefined ? [] : [transactions(running.transactions)]),
    ]
  },
}

interface Rest {
  /** Parts of a core. */
  readonly cpu: number
  /** Transactions a second that the server has counted. */
  readonly transactions: number | undefined
}

async function rest(store: StoreName, { connectionString }: Place, duration: number): Promise<Rest> {
  // What was started goes on for a moment, and so does the compiler.
  await sleep(duration / 4)
  // Else V8 may do so some seconds later, when it sees that nothing happens. That was a tenth of a second.
  collectGarbage()
  const client = store === 'postgres' ? new pg.Client({ connectionString }) : undefined
  await client?.connect()
  const before = await countTransactions(client)
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  await sleep(duration)
  const { user, system } = process.cpuUsage(cpuBefore)
  const elapsed = performance.now() - began
  const after = await countTransactions(client)
  await client?.end()
  const transactions = before === undefined || after === undefined ? undefined : after - before
  return {
    cpu: (user + system) / 1000 / elapsed,
    transactions: transactions === undefined ? undefined : (transactions * 1000) / elapsed,
  }
}

async function countTransactions(client: pg.Client | undefined): Promise<number | undefined> {
  if (client === undefined) return undefined
  const text =
    'SELECT xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = current_database()'
  const { rows } = await client.query<{ n: string }>(text)
  return Number(rows[0]?.n)
}

function processor(what: string, { cpu }: Rest): Figure {
  return { what, value: cpu * 100, unit: '% of a core' }
}

function transactions(value: number): Figure {
  return { what: 'transactions', value, unit: 'a second' }
}
