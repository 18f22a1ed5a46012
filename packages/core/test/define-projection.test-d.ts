import {
  type DocumentOf,
  type DocumentProjection,
  defineAggregate,
  defineProjection,
  type RecordedEvent,
  typeOf,
} from '@eventfold/core'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: 0,
  events: {
    AccountOpened: z.object({ owner: z.string() }),
    MoneyDeposited: z.object({ cents: z.int(), note: z.string().default('') }),
    Closed: typeOf<{ reason: string }>(),
  },
  evolve: { AccountOpened: (n) => n, MoneyDeposited: (n) => n, Closed: (n) => n },
})

const Loan = defineAggregate('loan', {
  initialState: 0,
  events: { LoanGranted: z.object({ to: z.string() }), Closed: typeOf<{ by: number }>() },
  evolve: { LoanGranted: (n) => n, Closed: (n) => n },
})

const Summaries = defineProjection('summary', {
  version: 2,
  of: [Account],
  initialState: { owner: '', cents: 0, closed: false as boolean, note: null as string | null, lines: [''] },
  fields: ['owner', 'cents', 'note'],
  on: {
    AccountOpened: (document, event, key) => {
      expectTypeOf(document).toEqualTypeOf<{
        owner: string
        cents: number
        closed: boolean
        note: string | null
        lines: string[]
      }>()
      expectTypeOf(event).toEqualTypeOf<RecordedEvent<'AccountOpened', { owner: string }>>()
      expectTypeOf(key).toEqualTypeOf<string>()
      return { ...document, owner: event.data.owner }
    },
    Closed: () => null,
  },
})

test('handlers are inferred and may be partial; fields have the types of the document', () => {
  expectTypeOf<DocumentOf<typeof Summaries>['cents']>().toEqualTypeOf<number>()
  expectTypeOf(Summaries).toExtend<
    DocumentProjection<
      never,
      DocumentOf<typeof Summaries>,
      { owner: string; cents: number; note: string | null }
    >
  >()
})

test('an event of several aggregates is told apart by its type, and of the same type a union', () => {
  defineProjection('book', {
    of: [Account, Loan],
    key: (event) => {
      // Only what `on` handles.
      expectTypeOf(event.type).toEqualTypeOf<'AccountOpened' | 'Closed' | 'LoanGranted'>()
      return event.type === 'LoanGranted' ? [event.data.to, 'all'] : 'all'
    },
    initialState: { names: [] as string[] },
    on: {
      AccountOpened: ({ names }, { data }) => ({ names: [...names, data.owner] }),
      LoanGranted: ({ names }, { data }) => ({ names: [...names, data.to] }),
      Closed: (document, { data }) => {
        expectTypeOf(data).toEqualTypeOf<{ reason: string } | { by: number }>()
        return document
      },
    },
  })
})

test('the initial state may be a function of the key, and fields may be functions', () => {
  const ByKey = defineProjection('by-key', {
    of: [Account],
    initialState: (key: string) => ({ key, opened: '' }),
    fields: {
      opened: (document, key) => {
        expectTypeOf(document).toEqualTypeOf<{ key: string; opened: string }>()
        expectTypeOf(key).toEqualTypeOf<string>()
        return new Date(document.opened)
      },
      size: ({ key }) => key.length,
    },
    on: {
      AccountOpened: (document, { recordedAt }) => ({ ...document, opened: recordedAt.toISOString() }),
    },
  })
  expectTypeOf<DocumentOf<typeof ByKey>>().toEqualTypeOf<{ key: string; opened: string }>()
  expectTypeOf(ByKey).toExtend<
    DocumentProjection<never, { key: string; opened: string }, { opened: Date; size: number }>
  >()
})

test('a wrong handler does not compile', () => {
  defineProjection('wrong', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      // @ts-expect-error There is no such event.
      MoneyDeposit: (document) => document,
    },
  })
  defineProjection('wrong', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      // @ts-expect-error Undefined is not a document.
      MoneyDeposited: (document, { data }) => {
        document.cents += data.cents
      },
    },
  })
  defineProjection('wrong', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      // @ts-expect-error The document is another.
      MoneyDeposited: () => ({ cents: '' }),
    },
  })
  defineProjection('wrong', {
    of: [Account],
    initialState: { cents: 0 },
    // @ts-expect-error There is no such field.
    fields: ['dollars'],
    on: { Closed: () => null },
  })
  defineProjection('wrong', {
    of: [Account],
    initialState: { lines: [''] },
    // @ts-expect-error A list is nothing to find by.
    fields: ['lines'],
    on: { Closed: () => null },
  })
  defineProjection('wrong', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      // @ts-expect-error The data has no such property.
      AccountOpened: (document, { data }) => ({ ...document, cents: data.cents }),
    },
  })
})
