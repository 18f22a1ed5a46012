import {
  type CommandQueue,
  type Consumer,
  commandBus,
  commandQueue,
  defineAggregate,
  defineOutbox,
  type Message,
  outbox,
  publishEvents,
  repository,
} from '@eventfold/core'
import { type MemoryTransaction, openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Notices = defineOutbox('notices', {
  messages: { Shipped: z.object({ order: z.string(), at: z.coerce.number<string>() }), Lost: z.void() },
})

const Order = defineAggregate('order', {
  initialState: null,
  events: { OrderPlaced: z.object({ cents: z.int() }), OrderShipped: z.object({ carrier: z.string() }) },
  evolve: { OrderPlaced: () => null, OrderShipped: () => null },
  commands: { place: z.object({ cents: z.int() }), cancel: z.void() },
  decide: { place: (_state, data) => [{ type: 'OrderPlaced', data }], cancel: () => [] },
})

const store = openMemory()

test('messages are inferred: put as their schemas accept, published as they return', () => {
  const notices = outbox(Notices, store, {
    publish: (message, { signal, attempt }) => {
      expectTypeOf(message).toEqualTypeOf<
        Message<'Shipped', { order: string; at: number }> | Message<'Lost', void>
      >()
      if (message.type === 'Shipped') expectTypeOf(message.data.at).toEqualTypeOf<number>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(attempt).toEqualTypeOf<number>()
    },
  })
  expectTypeOf(notices.consumer).toEqualTypeOf<Consumer<MemoryTransaction>>()
  expectTypeOf(notices.put).returns.resolves.toEqualTypeOf<readonly string[]>()
  expectTypeOf(notices.put).toBeCallableWith('7', [{ type: 'Shipped', data: { order: '7', at: '5' } }])
  expectTypeOf(notices.put).toBeCallableWith('7', [], { transaction: {} as MemoryTransaction, after: 5 })
  // @ts-expect-error The schema accepts text.
  notices.put('7', [{ type: 'Shipped', data: { order: '7', at: 5 } }])
  // @ts-expect-error There is no such message.
  notices.put('7', [{ type: 'Sunk', data: {} }])
  // @ts-expect-error The transaction is that of another store.
  notices.put('7', [], { transaction: 'BEGIN' })
  // @ts-expect-error There is nothing to publish with.
  outbox(Notices, store, {})
  // @ts-expect-error The filter is that of the outbox.
  outbox(Notices, store, { publish: () => {}, filter: {} })
})

test('events are published as what their definitions say', () => {
  const feed = publishEvents('order-feed', store, {
    of: [Order],
    key: (event) => (event.type === 'OrderPlaced' ? String(event.data.cents) : event.data.carrier),
    publish: (message) => {
      if (message.type === 'OrderPlaced') expectTypeOf(message.data).toEqualTypeOf<{ cents: number }>()
      else expectTypeOf(message).toEqualTypeOf<Message<'OrderShipped', { carrier: string }>>()
    },
  })
  expectTypeOf(feed).toEqualTypeOf<Consumer<MemoryTransaction>>()
})

test('a queue takes the commands of its bus', () => {
  const bus = commandBus(store, { aggregates: [repository(Order, store)] })
  const later = commandQueue('later', store, {
    bus,
    onRefused: (_error, command) => {
      expectTypeOf(command.command).toEqualTypeOf<'order.place' | 'order.cancel'>()
    },
  })
  expectTypeOf(later).toExtend<CommandQueue<never, MemoryTransaction>>()
  expectTypeOf(later.put).returns.resolves.toEqualTypeOf<string>()
  expectTypeOf(later.cancel).returns.resolves.toEqualTypeOf<boolean>()
  later.put({ command: 'order.place', to: '7', input: { cents: 5 } }, { at: new Date(), key: 'k' })
  later.put({ command: 'order.cancel', to: '7' })
  // @ts-expect-error There is no such command.
  later.put({ command: 'order.open', to: '7' })
  // @ts-expect-error The input is missing.
  later.put({ command: 'order.place', to: '7' })
})
