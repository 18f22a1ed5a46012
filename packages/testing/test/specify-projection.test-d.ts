import { defineAggregate, defineProjection, typeOf } from '@eventfold/core'
import { type GivenEvent, specifyProjection } from '@eventfold/testing'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: 0,
  events: { Opened: z.object({ owner: z.string().default('nobody') }), Closed: typeOf<{ reason: string }>() },
  evolve: { Opened: (n) => n, Closed: (n) => n },
})
const Loan = defineAggregate('loan', {
  initialState: 0,
  events: { Granted: typeOf<{ to: string }>() },
  evolve: { Granted: (n) => n },
})

const Summaries = defineProjection('summary', {
  of: [Account, Loan],
  key: ({ stream }) => stream,
  initialState: { owner: '' },
  on: { Opened: (document, { data }) => ({ ...document, owner: data.owner }) },
})

test('given events are those of the definitions, with the data that their schemas accept', () => {
  const specification = specifyProjection(Summaries)
  specification.given([
    { type: 'Opened', data: {}, key: '1' },
    { type: 'Closed', data: { reason: 'moved' }, stream: 'account-1', recordedAt: new Date() },
    { type: 'Granted', data: { to: 'Ada' }, tags: ['vip'] },
  ])
  // @ts-expect-error No definition has such an event.
  specification.given([{ type: 'Unknown', data: {} }])
  // @ts-expect-error Of the other event.
  specification.given([{ type: 'Granted', data: { reason: 'moved' } }])
  expectTypeOf<GivenEvent<typeof Loan>['type']>().toEqualTypeOf<'Granted'>()
})

test('expected documents have the type of the document', () => {
  const given = specifyProjection(Summaries).given()
  expectTypeOf(given.then)
    .parameter(0)
    .toEqualTypeOf<Readonly<Record<string, { owner: string } | undefined>>>()
  // @ts-expect-error Another type.
  given.then({ '1': { owner: 1 } })
})
