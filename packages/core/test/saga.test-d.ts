import {
  type CommandOf,
  type CommandSender,
  defineAggregate,
  defineSaga,
  defineService,
  defineStepSaga,
  type RecordedEvent,
  type RefusedCommand,
  type SagaContext,
  type SagaInstance,
  type StepSagaState,
  saga,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Order = defineAggregate('order', {
  initialState: null,
  events: { OrderPlaced: z.object({ cents: z.int() }), OrderCancelled: z.object({ why: z.string() }) },
  evolve: { OrderPlaced: () => null, OrderCancelled: () => null },
  commands: { confirm: z.void(), cancel: z.object({ why: z.string() }) },
  decide: { confirm: () => [], cancel: () => [] },
})

const Payment = defineService('payment', {
  commands: { charge: z.object({ cents: z.int() }), refund: z.object({ receipt: z.string() }) },
  results: { charge: z.object({ receipt: z.string() }) },
})

const Pay = defineSaga('pay', {
  of: [Order],
  sends: [Order, Payment],
  startedBy: ['OrderPlaced'],
  initialState: { receipt: '' },
  on: {
    OrderPlaced: (state, event, context) => {
      expectTypeOf(state).toEqualTypeOf<{ receipt: string }>()
      expectTypeOf(event).toEqualTypeOf<RecordedEvent<'OrderPlaced', { cents: number }>>()
      expectTypeOf(context).toEqualTypeOf<SagaContext>()
      return {
        send: [{ command: 'payment.charge', input: { cents: event.data.cents }, retry: { attempts: 3 } }],
        set: { late: { after: 1_000 } },
      }
    },
  },
  onDone: {
    'payment.charge': (_state, done) => {
      expectTypeOf(done.value).toEqualTypeOf<{ receipt: string }>()
      return {
        state: { receipt: done.value.receipt },
        send: [{ command: 'order.confirm', to: 'x' }],
        cancel: ['late'],
      }
    },
    'order.confirm': (_state, done) => {
      expectTypeOf(done.value).toEqualTypeOf<undefined>()
      return { end: 'completed' }
    },
  },
  onRefused: {
    'payment.charge': (_state, refused, { key }) => {
      expectTypeOf(refused).toEqualTypeOf<RefusedCommand<'payment.charge'>>()
      return { send: [{ command: 'order.cancel', to: key, input: { why: refused.error.message } }] }
    },
  },
  onTimer: { late: () => ({ end: 'failed' }) },
})

test('an instance has the state of the definition', () => {
  const bus = {} as CommandSender<CommandOf<typeof Order | typeof Payment>>
  const payments = saga(Pay, openMemory(), { bus })
  type Instance = SagaInstance<{ receipt: string }> | undefined
  expectTypeOf(payments.get).returns.toEqualTypeOf<Promise<Instance>>()
})

test('the bus carries out all commands of the saga', () => {
  const bus = {} as CommandSender<CommandOf<typeof Payment>>
  // @ts-expect-error it knows no orders
  saga(Pay, openMemory(), { bus })
})

test('what does not exist is refused', () => {
  const parts = { of: [Order], sends: [Payment], initialState: { receipt: '' } }
  // @ts-expect-error no such event
  defineSaga('a', { ...parts, startedBy: ['OrderPlaced'], on: { OrderShipped: () => undefined } })
  defineSaga('a', {
    ...parts,
    startedBy: ['OrderPlaced'],
    // @ts-expect-error no such command
    on: { OrderPlaced: () => ({ send: [{ command: 'payment.pay', input: {} }] }) },
  })
  defineSaga('a', {
    ...parts,
    startedBy: ['OrderPlaced'],
    // @ts-expect-error another input
    on: { OrderPlaced: () => ({ send: [{ command: 'payment.charge', input: { cents: '5' } }] }) },
  })
  defineSaga('a', {
    ...parts,
    startedBy: ['OrderPlaced'],
    // @ts-expect-error no such timer
    on: { OrderPlaced: () => ({ set: { late: { after: 1 } } }) },
    onTimer: { soon: () => undefined },
  })
  // @ts-expect-error no such event to start it
  defineSaga('a', { ...parts, startedBy: ['OrderShipped'], on: { OrderPlaced: () => undefined } })
  defineSaga('a', {
    ...parts,
    startedBy: ['OrderPlaced'],
    // @ts-expect-error another state
    on: { OrderPlaced: () => ({ state: { receipt: 5 } }) },
  })
})

const Checkout = defineStepSaga('checkout', {
  of: [Order],
  sends: [Order, Payment],
  startedBy: ['OrderPlaced'],
  data: ({ data }, key) => ({ order: key, cents: data.cents, receipt: '' }),
  abortedBy: ['OrderCancelled'],
  steps: [
    {
      name: 'pay',
      action: (data) => {
        expectTypeOf(data).toEqualTypeOf<{ order: string; cents: number; receipt: string }>()
        return { command: 'payment.charge', input: { cents: data.cents } }
      },
      done: (data, done) => {
        if (done.command !== 'payment.charge') return data
        return { ...data, receipt: done.value.receipt }
      },
      compensation: ({ receipt }) => ({ command: 'payment.refund', input: { receipt } }),
    },
    {
      name: 'news',
      awaits: {
        OrderCancelled: (data, event) => {
          expectTypeOf(event.data).toEqualTypeOf<{ why: string }>()
          return data
        },
      },
      timeout: 5,
    },
  ],
})

test('a saga of steps has their data', () => {
  const bus = {} as CommandSender<CommandOf<typeof Order | typeof Payment>>
  const checkouts = saga(Checkout, openMemory(), { bus })
  type Data = { order: string; cents: number; receipt: string }
  type Instance = SagaInstance<StepSagaState<Data>> | undefined
  expectTypeOf(checkouts.get).returns.toEqualTypeOf<Promise<Instance>>()
})
