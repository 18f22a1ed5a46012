import {
  type Consumer,
  defineAggregate,
  defineReactor,
  type RecordedEvent,
  react,
  typeOf,
} from '@eventfold/core'
import { type MemoryTransaction, openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: 0,
  events: { AccountOpened: z.object({ owner: z.string() }), Closed: typeOf<{ reason: string }>() },
  evolve: { AccountOpened: (n) => n, Closed: (n) => n },
})

const Loan = defineAggregate('loan', {
  initialState: 0,
  events: { LoanGranted: z.object({ cents: z.coerce.number() }), Closed: typeOf<{ by: number }>() },
  evolve: { LoanGranted: (n) => n, Closed: (n) => n },
})

test('events and services of a reactor are inferred, of one aggregate or several', () => {
  const Mailer = defineReactor('mailer', {
    services: typeOf<{ send: (to: string) => Promise<void> }>(),
    of: [Account, Loan],
    key: (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'AccountOpened' | 'Closed' | 'LoanGranted'>()
      return event.stream
    },
    on: {
      AccountOpened: async (event, context) => {
        expectTypeOf(event).toEqualTypeOf<RecordedEvent<'AccountOpened', { owner: string }>>()
        expectTypeOf(context.services.send).returns.resolves.toEqualTypeOf<void>()
        expectTypeOf(context.idempotencyKey).toEqualTypeOf<string>()
        expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(context.attempt).toEqualTypeOf<number>()
      },
      LoanGranted: ({ data }) => {
        expectTypeOf(data).toEqualTypeOf<{ cents: number }>()
      },
      Closed: ({ data }) => {
        expectTypeOf(data).toEqualTypeOf<{ reason: string } | { by: number }>()
      },
    },
  })
  const store = openMemory()
  // @ts-expect-error The services are missing.
  react(Mailer, store)
  // @ts-expect-error The filter is that of the definition.
  react(Mailer, store, { services: { send: async () => {} }, filter: {} })
  expectTypeOf(react(Mailer, store, { services: { send: async () => {} } })).toEqualTypeOf<
    Consumer<MemoryTransaction>
  >()
})

test('a reactor without services needs no options, and one for an unknown event does not compile', () => {
  const Logger = defineReactor('logger', {
    of: [Account],
    on: { Closed: ({ data }) => expectTypeOf(data).toEqualTypeOf<{ reason: string }>() },
  })
  react(Logger, openMemory())
  // @ts-expect-error There is no such event.
  defineReactor('x', { of: [Account], on: { AccountOpend: () => {} } })
})
