import {
  type DocumentProjection,
  defineAggregate,
  defineProjection,
  type RecordedEvent,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { checkProjection } from '@eventfold/testing'
import { expect, test } from 'vitest'

const Account = defineAggregate('account', {
  initialState: 0,
  events: {
    Opened: typeOf<{ owner: string; tags: string[] }>(),
    Deposited: typeOf<{ cents: number }>(),
    Closed: typeOf<Record<string, never>>(),
  },
  evolve: { Opened: (n) => n, Deposited: (n) => n, Closed: (n) => n },
})

interface Summary {
  owner: string
  cents: number
}

const initialState: Summary = { owner: '', cents: 0 }

const events = [
  { key: '1', type: 'Opened', data: { owner: 'Ada', tags: ['b', 'a'] } },
  { key: '2', type: 'Opened', data: { owner: 'Bob', tags: [] } },
  { key: '1', type: 'Deposited', data: { cents: 5 } },
  { key: '1', type: 'Deposited', data: { cents: 7 } },
  { key: '2', type: 'Closed', data: {} },
  { key: '3', type: 'Deposited', data: { cents: 1 }, recordedAt: new Date('2026-02-03') },
] as const

type Check = DocumentProjection<RecordedEvent, Summary, unknown, typeof Account>

/** A projection with one wrong part. */
function wrong(part: object): Check {
  const definition = {
    of: [Account],
    initialState,
    on: {
      Deposited: (document: Summary, { data }: { data: { cents: number } }) => {
        return { ...document, cents: document.cents + data.cents }
      },
    },
    ...part,
  }
  return defineProjection('wrong', definition as never) as never
}

const check = (definition: Check, schedule?: string) => {
  return checkProjection(definition, {
    open: openMemory,
    events: events as never,
    ...(schedule !== undefined && { schedule }),
  })
}

test('accepts a projection that keeps everything in its documents', async () => {
  const Summaries = defineProjection('summary', {
    of: [Account],
    initialState,
    fields: ['owner', 'cents'],
    on: {
      Opened: (document, { data }) => ({ ...document, owner: data.owner }),
      Deposited: (document, { data }) => ({ ...document, cents: document.cents + data.cents }),
      Closed: () => null,
    },
  })
  const { schedules } = await checkProjection(Summaries, { open: openMemory, events: events as never })
  expect(schedules).toBeGreaterThan(200)
})

test('accepts several keys, an initial state by key, and the time of an event', async () => {
  const Days = defineProjection('days', {
    of: [Account],
    key: ({ recordedAt, stream }) => [recordedAt.toISOString().slice(0, 10), stream, 'all'],
    initialState: (key) => ({ key, seen: [] as string[] }),
    fields: { count: ({ seen }) => seen.length },
    on: {
      Opened: (document, { id }) => ({ ...document, seen: [...document.seen, id] }),
      Deposited: (document, { id }) => ({ ...document, seen: [...document.seen, id] }),
    },
  })
  const { schedules } = await checkProjection(Days, { open: openMemory, events: events as never })
  expect(schedules).toBeGreaterThan(200)
})

test('tells the place, what was before and after, and what to do', async () => {
  const mutating = wrong({ on: { Deposited: (document: Summary) => Object.assign(document, { cents: 1 }) } })
  await expect(check(mutating)).rejects.toThrow(
    [
      'wrong: the handler of Deposited changes its document',
      '  at        account-1 Deposited {"cents":5}',
      '            document 1',
      '  before    {"owner":"","cents":0}',
      '  after     {"owner":"","cents":1}',
      '  advice    Return a new one: ({ ...document, changed }).',
    ].join('\n'),
  )
  await expect(check(mutating)).rejects.toMatchObject({ name: 'AssertionError' })
})

const remembered = new Map<string, number>()

test.for<[name: string, part: object, message: string]>([
  [
    'a handler that changes its event',
    {
      on: {
        Opened: (document: Summary, { data }: { data: { tags: string[] } }) => ({
          ...document,
          owner: data.tags.sort().join(),
        }),
      },
    },
    'the handler of Opened changes its event',
  ],
  [
    'a handler that depends on chance',
    { on: { Deposited: (document: Summary) => ({ ...document, cents: Math.random() }) } },
    'the handler of Deposited gives something else the second time',
  ],
  [
    'a handler that depends on the time',
    {
      on: {
        Deposited: (document: Summary) => ({ ...document, owner: new Date().toISOString().slice(0, 10) }),
      },
    },
    'the handler of Deposited gives something else the second time',
  ],
  [
    'a handler that remembers what it has seen',
    {
      on: {
        Deposited: (document: Summary, { stream }: { stream: string }) => {
          remembered.set(stream, (remembered.get(stream) ?? 0) + 1)
          return { ...document, cents: remembered.get(stream) ?? 0 }
        },
      },
    },
    'the handler of Deposited gives something else the second time',
  ],
  [
    'a forgotten return',
    { on: { Deposited: () => undefined } },
    'the handler of Deposited gives what cannot be stored',
  ],
  [
    'a document that JSON cannot carry',
    { on: { Deposited: (document: Summary) => ({ ...document, at: new Date(0) }) } },
    'the handler of Deposited gives what cannot be stored',
  ],
  [
    'an asynchronous handler',
    { on: { Deposited: async (document: Summary) => document } },
    'the handler of Deposited returns a promise',
  ],
  [
    'an asynchronous handler that fails',
    { on: { Deposited: () => Promise.reject(new Error('late')) } },
    'the handler of Deposited returns a promise',
  ],
  [
    'a handler that throws',
    {
      on: {
        Deposited: () => {
          throw new RangeError('too much')
        },
      },
    },
    'RangeError: too much',
  ],
  [
    'a key that depends on chance',
    { key: () => `${Math.random()}` },
    '`key` gives something else the second time',
  ],
  [
    'a key that depends on the time',
    { key: () => `${Date.now()}` },
    '`key` gives something else the second time',
  ],
  ['a key that is none', { key: () => '' }, '`key` gives what cannot be stored'],
  [
    'an initial state that depends on the time',
    { initialState: () => ({ owner: Date(), cents: 0 }) },
    '`initialState` gives something else the second time',
  ],
  [
    'a field that depends on the time',
    { fields: { age: () => Date.now() } },
    'the handler of Deposited gives something else the second time',
  ],
  [
    'a field that is too long',
    { fields: { text: () => 'x'.repeat(1_000) } },
    'the handler of Deposited gives what cannot be stored',
  ],
  ['handlers for none of the events', { key: () => [] }, 'none of the events is handled'],
])('rejects %s', async ([, part, message]) => {
  await expect(check(wrong(part))).rejects.toThrow(message)
})

test('what the checked clock is shifted by is taken back', async () => {
  const before = Date.now()
  await expect(check(wrong({ key: () => `${Date.now()}` }))).rejects.toThrow()
  expect(Math.abs(Date.now() - before)).toBeLessThan(86_400_000)
  expect(new Date()).toBeInstanceOf(Date)
})

/** Right with the same input at once, and wrong when a handler is called after others have been. */
function forgetful(): Check {
  let last = ''
  const seen = new Set<string>()
  return wrong({
    on: {
      Deposited: (document: Summary, { id, data }: { id: string; data: { cents: number } }) => {
        const isRepeated = seen.has(id) && last !== id
        seen.add(id)
        last = id
        return isRepeated ? document : { ...document, cents: document.cents + data.cents }
      },
    },
  })
}

test('rejects a projection that remembers, with the schedule that shows it', async () => {
  const error = await check(forgetful()).then(
    () => expect.unreachable(),
    (reason: Error) => reason,
  )
  expect(error.message).toContain('wrong: the outcome is another one')
  expect(error.message).toContain('  given     account-1 Opened {"owner":"Ada","tags":["b","a"]}')
  expect(error.message).toMatch(/ {2}differs {3}at \/1\/cents: \d+ instead of 12/)
  const schedule = /replay {4}\{ schedule: '(.+)' \}/.exec(error.message)?.[1]
  await expect(check(forgetful(), schedule)).rejects.toThrow(schedule)
})

test('runs one schedule on demand, and refuses what is none', async () => {
  const schedule = 'crash after store.commit 2, batches of 1, 1 partition'
  await expect(check(wrong({}), schedule)).resolves.toEqual({ schedules: 2 })
  await expect(check(wrong({}), 'crash at once')).rejects.toThrow('"crash at once" is no schedule')
})
