import { type Codec, defineAggregate, defineProjection, typeOf } from '@eventfold/core'
import { specifyProjection } from '@eventfold/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: 0,
  events: {
    Opened: z.object({ owner: z.string().min(1), branch: z.string().default('main') }),
    Deposited: z.object({ cents: z.int().positive() }),
    Closed: z.object({}),
  },
  evolve: { Opened: (n) => n, Deposited: (n) => n, Closed: (n) => n },
})

const Loan = defineAggregate('loan', {
  initialState: 0,
  events: { Granted: typeOf<{ to: string }>(), Closed: z.object({}) },
  evolve: { Granted: (n) => n, Closed: (n) => n },
})

const Summaries = defineProjection('summary', {
  of: [Account],
  initialState: { owner: '', cents: 0, branch: '' },
  fields: ['owner', 'cents'],
  on: {
    Opened: (document, { data }) => ({ ...document, owner: data.owner, branch: data.branch }),
    Deposited: (document, { data }) => ({ ...document, cents: document.cents + data.cents }),
    Closed: () => null,
  },
})

const opened = { type: 'Opened', data: { owner: 'Ada' } } as const
const deposited = (cents: number, key = '1') => ({ type: 'Deposited', data: { cents }, key }) as const

test('passes when the documents are the expected ones, of several streams, and with data as the schema returns it', async () => {
  await specifyProjection(Summaries)
    .given([
      { ...opened, key: '42' },
      deposited(500, '42'),
      deposited(7, '43'),
      { ...deposited(1), stream: 'account-42' },
    ])
    .then({
      '42': { owner: 'Ada', cents: 501, branch: 'main' },
      '43': { owner: '', cents: 7, branch: '' },
      '44': undefined,
    })
})

test('a document that was removed is none, and begins anew', async () => {
  const closed = { type: 'Closed', data: {} } as const
  await specifyProjection(Summaries).given([opened, closed]).then({ '1': undefined })
  await specifyProjection(Summaries).given([opened, closed]).then({})
  await specifyProjection(Summaries)
    .given([opened, closed, deposited(3)])
    .then({ '1': { owner: '', cents: 3, branch: '' } })
  await specifyProjection(Summaries).given().then({})
})

test('a failure tells what was given, and which documents differ in what', async () => {
  const failing = specifyProjection(Summaries)
    .given([{ ...opened, key: '42' }, deposited(5, '42'), deposited(7, '43'), deposited(1, '44')])
    .then({
      '42': { owner: 'Bob', cents: 6, branch: 'main' },
      '44': { owner: '', cents: 1, branch: '' },
      '45': { owner: '', cents: 0, branch: '' },
    })
  await expect(failing).rejects.toThrow(
    [
      'summary: the documents are not the expected ones',
      '  given     account-42 Opened {"owner":"Ada","branch":"main"}',
      '            account-42 Deposited {"cents":5}',
      '            account-43 Deposited {"cents":7}',
      '            account-44 Deposited {"cents":1}',
      '  expected  42 {"owner":"Bob","cents":6,"branch":"main"}',
      '            45 {"owner":"","cents":0,"branch":""}',
      '            43 nothing',
      '  actual    42 {"owner":"Ada","cents":5,"branch":"main"}',
      '            45 nothing',
      '            43 {"owner":"","cents":7,"branch":""}',
      '  differs   42 at /owner: "Ada" instead of "Bob"',
      '            42 at /cents: 5 instead of 6',
      '            45 nothing instead of {"owner":"","cents":0,"branch":""}',
      '            43 {"owner":"","cents":7,"branch":""} instead of nothing',
      '  same      44',
    ].join('\n'),
  )
  await expect(failing).rejects.toMatchObject({
    name: 'AssertionError',
    actual: { '42': { cents: 5 } },
    expected: { '42': { cents: 6 } },
  })
})

test('the lines about many differences are cut short', async () => {
  const Lists = defineProjection('lists', {
    of: [Account],
    initialState: { numbers: [] as number[] },
    on: { Deposited: ({ numbers }, { data }) => ({ numbers: [...numbers, data.cents] }) },
  })
  const given = Array.from({ length: 20 }, (_, index) => deposited(index + 1))
  const failing = specifyProjection(Lists)
    .given(given)
    .then({ '1': { numbers: [] } })
  await expect(failing).rejects.toThrow('and in 12 more places')
})

test('an event of several definitions is placed by its type, or by its stream where that is not enough', async () => {
  const Book = defineProjection('book', {
    of: [Account, Loan],
    key: ({ stream }) => [stream, 'all'],
    initialState: [] as string[],
    on: {
      Granted: (lines, { data }) => [...lines, `granted to ${data.to}`],
      Closed: (lines, { stream, version, position }) => [...lines, `${stream}@${version} ${position}`],
    },
  })
  await specifyProjection(Book)
    .given([
      { type: 'Granted', data: { to: 'Ada' }, key: '7' },
      deposited(5),
      { type: 'Closed', data: {}, stream: 'loan-7' },
      { type: 'Closed', data: {}, stream: 'account-1' },
    ])
    .then({
      'loan-7': ['granted to Ada', 'loan-7@2 3'],
      'account-1': ['account-1@2 4'],
      all: ['granted to Ada', 'loan-7@2 3', 'account-1@2 4'],
    })
  const ambiguous = specifyProjection(Book).given([{ type: 'Closed', data: {} }])
  await expect(ambiguous.then({})).rejects.toThrow(
    'An event Closed may be of account or loan: give its stream.',
  )
  const elsewhere = specifyProjection(Book).given([
    { type: 'Granted', data: { to: '' }, stream: 'account-1' },
  ])
  await expect(elsewhere.then({})).rejects.toMatchObject({ code: 'invalid-event' })
})

test('time, ids and the rest of an event are as given, or the same in every run', async () => {
  const Days = defineProjection('days', {
    of: [Account],
    key: ({ recordedAt }) => recordedAt.toISOString().slice(0, 10),
    initialState: [] as unknown[],
    on: { Deposited: (list, { id, metadata, tags }) => [...list, [id, metadata, tags]] },
  })
  await specifyProjection(Days)
    .given([
      deposited(1),
      {
        ...deposited(2),
        id: 'x',
        recordedAt: new Date('2026-02-03T04:05:06Z'),
        metadata: { actor: 'ada' },
        tags: ['t'],
      },
    ])
    .then({
      '2026-01-01': [['00000000-0000-7000-8000-000000000001', {}, []]],
      '2026-02-03': [['x', { actor: 'ada' }, ['t']]],
    })
})

test('given events must fit their schemas', async () => {
  const wrong = specifyProjection(Summaries).given([deposited(-1)])
  await expect(wrong.then({})).rejects.toMatchObject({ code: 'invalid-event' })
  const unknown = specifyProjection(Summaries).given([{ type: 'Unknown', data: {} } as never])
  await expect(unknown.then({})).rejects.toMatchObject({ code: 'invalid-event' })
})

test('what a store would refuse is refused', async () => {
  const faulty = (on: (document: { at: unknown }) => unknown) =>
    specifyProjection(
      defineProjection('faulty', {
        of: [Account],
        initialState: { at: null as unknown },
        fields: { at: (document: { at: unknown }) => document.at as string },
        on: { Deposited: on as never },
      }),
    ).given([deposited(1), deposited(2)])
  await expect(faulty(() => undefined).then({})).rejects.toMatchObject({ code: 'missing-result' })
  await expect(faulty(() => ({ at: new Date(0) })).then({})).rejects.toMatchObject({ code: 'not-json' })
  await expect(faulty(() => ({ at: 'x'.repeat(1_000) })).then({})).rejects.toMatchObject({
    name: 'InvalidInputError',
  })
  await expect(faulty((document) => Object.assign(document, { at: 1 })).then({})).rejects.toThrow(TypeError)
})

test('a codec of its own carries more than JSON', async () => {
  const codec: Codec = {
    encode: (value) => JSON.stringify(value),
    decode: (text) =>
      JSON.parse(text, (_, value) =>
        typeof value === 'string' && value.endsWith('Z') ? new Date(value) : value,
      ),
  }
  const Latest = defineProjection('latest', {
    of: [Account],
    initialState: { at: new Date(0) },
    on: { Deposited: (_, { recordedAt }) => ({ at: recordedAt }) },
  })
  const recordedAt = new Date('2026-05-05T00:00:00Z')
  const given = specifyProjection(Latest, { codec }).given([{ ...deposited(1), recordedAt }])
  await given.then({ '1': { at: recordedAt } })
  await expect(given.then({ '1': { at: new Date(0) } })).rejects.toThrow('at /at')
})

test('a forgotten expectation is an error and not a pass', async () => {
  const forgotten = specifyProjection(Summaries).given([opened])
  // @ts-expect-error The compiler refuses it as well.
  await expect((async () => await forgotten)()).rejects.toThrow('call .then({ key: document })')
})
