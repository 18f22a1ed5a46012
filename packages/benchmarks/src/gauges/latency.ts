import { Consumer, defineProjection, type EventStore, readModel } from '@eventfold/core'
import type { Place, StoreName } from '../contender.ts'
import { Account } from '../contenders/eventfold-account.ts'
import type { Size } from '../counts.ts'
import { addDeposit, type Balance, deposits, noBalance } from '../deposit.ts'
import type { Figure, Gauge } from '../gauge.ts'
import { openEventfold } from '../open-eventfold.ts'
import { clock, type Ping, sendPings, warmUpPings } from '../pings.ts'
import { runProgram } from '../start-program.ts'
import { quantile } from '../statistics.ts'

const counts: Readonly<Record<Size, number>> = { full: 500, quick: 200, tiny: 3 }

export const latency: Gauge = {
  name: 'latency',
  does: 'from the call of an append, one in 20 ms, to the handler of a live consumer',
  stores: ['memory', 'sqlite', 'postgres'],
  async measure(store, place, size) {
    const count = counts[size]
    const { appends, deliveries } = await inOneProcess(store, place, count)
    return [
      ...describe('the append itself', appends, {}),
      ...describe('consumer, same process', deliveries, { p50: 2 }),
      ...(store === 'memory'
        ? []
        : describe('consumer, another process', await acrossProcesses(store, place, count), {
            p50: 20,
            p99: 100,
          })),
      ...describe('read model, waited for', await toReadModel(store, place, count), {}),
    ]
  },
}

async function inOneProcess(
  store: StoreName,
  place: Place,
  count: number,
): Promise<{ readonly appends: readonly number[]; readonly deliveries: readonly number[] }> {
  const opened = await openEventfold(store, place)
  const { consumer, times: deliveries } = listen(opened, 'same-process')
  const appends: number[] = []
  await consumer.start()
  await sendPings(opened, count, async ({ sentAt }) => void appends.push(clock() - sentAt))
  await consumer.waitFor(await opened.head())
  await consumer.stop()
  await opened.close()
  return { appends, deliveries }
}

async function acrossProcesses(store: StoreName, place: Place, count: number): Promise<readonly number[]> {
  const opened = await openEventfold(store, place)
  const { consumer, times } = listen(opened, 'another-process')
  await consumer.start()
  await runProgram('send-pings.ts', { ...place, store, count })
  await consumer.waitFor(await opened.head())
  await consumer.stop()
  await opened.close()
  return times
}

function listen(store: EventStore, name: string): { readonly consumer: Consumer; readonly times: number[] } {
  const times: number[] = []
  const consumer = new Consumer(
    store,
    name,
    { handle: ({ event }) => times.push(clock() - (event.data as Ping).sentAt) },
    { from: 'now' },
  )
  return { consumer, times }
}

/** What a user waits for who reads what they have just written. */
async function toReadModel(store: StoreName, place: Place, count: number): Promise<readonly number[]> {
  const opened = await openEventfold(store, place)
  const Balances = defineProjection('balances', {
    of: [Account],
    initialState: noBalance,
    on: { MoneyDeposited: (balance: Balance, { data }) => addDeposit(balance, data) },
  })
  const balances = readModel(Balances, opened, { mode: 'async' })
  await balances.start()
  const times: number[] = []
  const events = deposits(0, 1)
  await sendPings(opened, count, async () => {
    const began = clock()
    const { position } = await opened.append('account-1', events)
    await balances.waitFor(position)
    times.push(clock() - began)
  })
  await balances.stop()
  await opened.close()
  return times
}

function describe(
  what: string,
  all: readonly number[],
  bars: { readonly p50?: number; readonly p99?: number },
): readonly Figure[] {
  const times = all.slice(warmUpPings)
  const figure = (name: string, part: number, atMost?: number): Figure => ({
    what: `${what}, ${name}`,
    value: quantile(times, part),
    unit: 'ms',
    ...(atMost !== undefined && { atMost }),
  })
  return [figure('p50', 0.5, bars.p50), figure('p99', 0.99, bars.p99), figure('longest', 1)]
}
