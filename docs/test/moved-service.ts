import {
  commandBus,
  defineAggregate,
  defineProjection,
  defineReactor,
  defineStepSaga,
  type EventStore,
  react,
  readModel,
  repository,
  saga,
} from '@eventfold/core'
import { z } from 'zod'

const amount = z.object({ cents: z.int() })

const Account = defineAggregate('account', {
  initialState: 0,
  events: { Deposited: amount, Shipped: z.object({}) },
  evolve: { Deposited: (state, { cents }) => state + cents, Shipped: (state) => state },
  commands: { deposit: amount },
  decide: { deposit: (_state, data) => [{ type: 'Deposited', data }] },
})

const Order = defineAggregate('order', {
  initialState: {},
  events: { Placed: z.object({}), Paid: z.object({}) },
  evolve: { Placed: (state) => state, Paid: (state) => state },
})

const balances = (name: string) =>
  defineProjection(name, {
    of: [Account],
    initialState: { cents: 0, count: 0 },
    fields: ['cents'],
    on: { Deposited: ({ cents, count }, { data }) => ({ cents: cents + data.cents, count: count + 1 }) },
  })

const Fulfilment = defineStepSaga('fulfilment', {
  of: [Order],
  sends: [Account],
  startedBy: ['Placed'],
  data: () => ({}),
  steps: [
    { name: 'pay', awaits: { Paid: (data) => data }, timeout: 600_000 },
    { name: 'book', action: () => ({ command: 'account.deposit', to: 'shop', input: { cents: 1_000 } }) },
  ],
})

export interface MovedService {
  /** Whether it had been done before. */
  depositOnce(): Promise<boolean>
  orderStatus(): Promise<string | undefined>
  orderEnded(): Promise<string>
  /** As the read model knows it that a consumer keeps, and the one that appends keep. */
  balancesOf(key: string): Promise<readonly unknown[]>
  caughtUp(): Promise<void>
  stop(): Promise<void>
}

/** What a store has to keep alive when it moves: a read model, a saga, a consumer, idempotency keys. */
export async function startService(store: EventStore, heard: string[]): Promise<MovedService> {
  const bus = commandBus(store, { aggregates: [repository(Account, store)] })
  const later = readModel(balances('later'), store, { mode: 'async' })
  const atOnce = readModel(balances('at-once'), store, { mode: 'inline' })
  const fulfilment = saga(Fulfilment, store, { bus, pollInterval: 20 })
  const mailer = react(
    defineReactor('mailer', { of: [Account], on: { Deposited: ({ id }) => void heard.push(id) } }),
    store,
    { partitions: 2 },
  )
  await Promise.all([later.start(), atOnce.start(), fulfilment.start(), mailer.start()])
  return {
    async depositOnce() {
      const command = { command: 'account.deposit', to: '7', input: { cents: 7 } } as const
      return (await bus.send(command, { idempotencyKey: 'once' })).repeated
    },
    orderStatus: async () => (await fulfilment.get('1'))?.status,
    orderEnded: async () => (await fulfilment.ended('1', { timeout: 10_000 })).status,
    balancesOf: (key) => Promise.all([later.get(key), atOnce.get(key)]),
    async caughtUp() {
      const head = await store.head()
      await Promise.all([later.waitFor(head), mailer.waitFor(head)])
    },
    async stop() {
      await Promise.all([later.stop(), atOnce.stop(), fulfilment.stop(), mailer.stop()])
    },
  }
}
