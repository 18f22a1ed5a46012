import {
  commandBus,
  defineAggregate,
  defineService,
  type NewEventOf,
  query,
  queryBus,
  repository,
  service,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: 0,
  events: { Withdrawn: z.object({ cents: z.int() }) },
  evolve: { Withdrawn: (state, { cents }) => state - cents },
  commands: { withdraw: z.object({ cents: z.coerce.number<string>() }), close: z.void() },
  decide: { withdraw: () => [], close: () => [] },
})

const Payment = defineService('payment', {
  commands: { charge: z.object({ cents: z.int() }), ping: z.void() },
  results: { charge: z.object({ receipt: z.string() }) },
})

const store = openMemory()
const bus = commandBus(store, {
  aggregates: [repository(Account, store)],
  services: [
    service(Payment, {
      charge: async (input, context) => {
        expectTypeOf(input).toEqualTypeOf<{ cents: number }>()
        expectTypeOf(context.idempotencyKey).toEqualTypeOf<string>()
        return { receipt: '' }
      },
      ping: () => {},
    }),
  ],
})

test('results follow from the command', async () => {
  const withdrawn = await bus.send({ command: 'account.withdraw', to: '1', input: { cents: '5' } })
  expectTypeOf(withdrawn.events).toEqualTypeOf<readonly NewEventOf<(typeof Account)['events']>[]>()
  expectTypeOf(withdrawn.value).toEqualTypeOf<undefined>()
  const charged = await bus.send({ command: 'payment.charge', input: { cents: 5 } })
  expectTypeOf(charged.value).toEqualTypeOf<{ receipt: string }>()
  expectTypeOf(charged.events).toEqualTypeOf<readonly never[]>()
  await bus.send({ command: 'account.close', to: '1' })
})

test('what does not exist is refused', () => {
  // @ts-expect-error no such command
  bus.send({ command: 'account.rob', to: '1' })
  // @ts-expect-error another input
  bus.send({ command: 'account.withdraw', to: '1', input: { cents: 5 } })
  // @ts-expect-error no input
  bus.send({ command: 'payment.charge' })
  // @ts-expect-error no aggregate
  bus.send({ command: 'account.withdraw', input: { cents: '5' } })
  // @ts-expect-error another result
  service(Payment, { charge: () => ({ receipt: 5 }), ping: () => {} })
  // @ts-expect-error a missing handler
  service(Payment, { charge: () => ({ receipt: '' }) })
})

test('queries have the types of their schema and their answer', () => {
  const queries = queryBus({
    orderById: query({
      input: z.object({ id: z.coerce.number<string>() }),
      handle: async ({ id }) => {
        expectTypeOf(id).toEqualTypeOf<number>()
        return { id }
      },
    }),
  })
  expectTypeOf(queries.ask('orderById', { id: '7' })).toEqualTypeOf<Promise<{ id: number }>>()
  // @ts-expect-error another input
  queries.ask('orderById', { id: 7 })
  // @ts-expect-error no such query
  queries.ask('orders', {})
})
