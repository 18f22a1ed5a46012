import {
  ConcurrencyError,
  DomainError,
  defineAggregate,
  type EventStore,
  executeAll,
  fold,
  repository,
  typeOf,
  UnreadableEventError,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'

const events = {
  AccountOpened: z.object({ owner: z.string().min(1) }),
  MoneyDeposited: z.object({ cents: z.int().positive(), note: z.string().default('none') }),
  MoneyWithdrawn: z.object({ cents: z.int().positive() }),
}

const commands = {
  open: z.object({ owner: z.string() }),
  deposit: typeOf<{ cents: number }>(),
  withdraw: z.object({ cents: z.int().positive() }),
  withdrawTwice: z.object({ cents: z.int().positive() }),
  touch: z.void(),
}

const Account = defineAggregate('account', {
  initialState: { open: false, cents: 0 },
  events,
  evolve: {
    AccountOpened: (state) => ({ ...state, open: true }),
    MoneyDeposited: (state, { cents }) => ({ ...state, cents: state.cents + cents }),
    MoneyWithdrawn: (state, { cents }) => ({ ...state, cents: state.cents - cents }),
  },
  commands,
  decide: {
    open: (state, { owner }) => (state.open ? [] : [{ type: 'AccountOpened', data: { owner } }]),
    deposit: (_state, { cents }) => [{ type: 'MoneyDeposited', data: { cents } }],
    withdraw: (state, { cents }) => {
      if (state.cents < cents) throw new DomainError('insufficient-funds', `only ${state.cents} available`)
      return [{ type: 'MoneyWithdrawn', data: { cents } }]
    },
    withdrawTwice: (_state, { cents }) => [
      { type: 'MoneyWithdrawn', data: { cents } },
      { type: 'MoneyWithdrawn', data: { cents } },
    ],
    touch: () => [],
  },
})

/** Makes the next `times` loads of a store see somebody else's deposit only after they were read. */
function interfere(store: EventStore, stream: string, times: number): void {
  const { adapter } = store
  const readFold = adapter.readFold.bind(adapter)
  let left = times
  adapter.readFold = async (query, transaction) => {
    const rows = await readFold(query, transaction)
    if (left-- > 0) await store.append(stream, [{ type: 'MoneyDeposited', data: { cents: 1 } }])
    return rows
  }
}

test('a stream that does not exist has the initial state and version 0', async () => {
  const loaded = await repository(Account, openMemory()).load('42')
  expect(loaded).toEqual({ id: '42', stream: 'account-42', state: { open: false, cents: 0 }, version: 0 })
})

test('execute creates the stream and tells state, version, events and what the store answered', async () => {
  const accounts = repository(Account, openMemory())
  const executed = await accounts.execute('42', 'open', { owner: 'Ada' })
  expect(executed).toMatchObject({
    state: { open: true, cents: 0 },
    version: 1,
    events: [{ type: 'AccountOpened', data: { owner: 'Ada' } }],
    appended: { stream: 'account-42', version: 1, position: 1, duplicate: false },
  })
  expect(await accounts.load('42')).toMatchObject({ state: executed.state, version: 1 })
})

test('data is stored and folded as the schema returns it', async () => {
  const store = openMemory()
  const { events } = await repository(Account, store).execute('42', 'deposit', { cents: 5 })
  expect(events).toEqual([{ type: 'MoneyDeposited', data: { cents: 5, note: 'none' } }])
  expect((await store.readStream('account-42'))[0]?.data).toEqual({ cents: 5, note: 'none' })
})

test('a command that decides nothing appends nothing', async () => {
  const store = openMemory()
  const accounts = repository(Account, store)
  expect(await accounts.execute('42', 'touch')).toMatchObject({ version: 0, events: [], appended: undefined })
  expect(await store.head()).toBe(0)
})

test('an input that its schema refuses is an error with the issues, before anything is loaded', async () => {
  const store = openMemory()
  await store.close()
  const wrong = repository(Account, store).execute('42', 'withdraw', { cents: -5 })
  await expect(wrong).rejects.toMatchObject({
    code: 'invalid-command',
    pointer: '/cents',
    issues: [{ path: ['cents'] }],
  })
})

test('decided events that their schema refuses are an error, and nothing is stored', async () => {
  const store = openMemory()
  const wrong = repository(Account, store).execute('42', 'deposit', { cents: -5 })
  await expect(wrong).rejects.toMatchObject({
    code: 'invalid-event',
    pointer: '/cents',
    issues: [{ path: ['cents'] }],
  })
  expect(await store.head()).toBe(0)
})

test('an unknown command and an unknown event are typed errors', async () => {
  const store = openMemory()
  const accounts = repository(Account, store)
  // @ts-expect-error There is no such command.
  await expect(accounts.execute('42', 'rob', {})).rejects.toMatchObject({ code: 'invalid-command' })
  await expect(accounts.execute('42', 'toString' as 'touch')).rejects.toMatchObject({
    code: 'invalid-command',
  })
  const Odd = defineAggregate('odd', {
    initialState: 0,
    events: { Known: z.object({}) },
    evolve: { Known: (state) => state },
    commands: { go: z.void() },
    decide: { go: () => [{ type: 'Unknown' as 'Known', data: {} }] },
  })
  await expect(repository(Odd, store).execute('1', 'go')).rejects.toMatchObject({
    code: 'invalid-event',
    message: 'Aggregate odd has no event Unknown. It has Known.',
  })
  await expect(repository(Odd, store).execute('1', 'come' as 'go')).rejects.toMatchObject({
    message: 'Aggregate odd has no command come. It has go.',
  })
})

test('errors of decide come out as they are, and are not retried', async () => {
  const accounts = repository(Account, openMemory())
  await expect(accounts.execute('42', 'withdraw', { cents: 1 })).rejects.toMatchObject({
    name: 'DomainError',
    code: 'insufficient-funds',
    message: 'only 0 available',
    retryable: false,
  })
})

test('after a conflict the command decides again, on fresh state', async () => {
  const store = openMemory()
  const accounts = repository(Account, store)
  await accounts.execute('42', 'deposit', { cents: 10 })
  interfere(store, 'account-42', 3)
  const { state, version } = await accounts.execute('42', 'withdraw', { cents: 10 })
  expect({ state, version }).toEqual({ state: { open: false, cents: 3 }, version: 5 })
})

test('a conflict is given to the caller after the last attempt', async () => {
  const store = openMemory()
  const accounts = repository(Account, store, { maxAttempts: 3 })
  interfere(store, 'account-42', 3)
  await expect(accounts.execute('42', 'deposit', { cents: 1 })).rejects.toThrow(ConcurrencyError)
  expect((await store.streamInfo('account-42'))?.version).toBe(3)
})

test('a number of attempts that cannot be is refused, since no end would come to them', () => {
  for (const maxAttempts of [Number.NaN, 0, '3' as never]) {
    expect(() => repository(Account, openMemory(), { maxAttempts })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  }
})

test('a command that decides no array is a typed error', async () => {
  for (const decided of [undefined, null, { type: 'MoneyDeposited', data: { cents: 5 } }]) {
    const definition = { ...Account, decide: { ...Account.decide, deposit: () => decided as never } }
    const deciding = repository(definition, openMemory()).execute('42', 'deposit', { cents: 5 })
    await expect(deciding).rejects.toMatchObject({ code: 'invalid-event', message: /Return \[\]/ })
  }
})

test('commands under way at once lose no update', async () => {
  const accounts = repository(Account, openMemory(), { maxAttempts: 50 })
  await Promise.all(Array.from({ length: 20 }, () => accounts.execute('42', 'deposit', { cents: 1 })))
  expect(await accounts.load('42')).toMatchObject({ state: { cents: 20 }, version: 20 })
})

test('an expectation is checked before the command decides, and not retried', async () => {
  const accounts = repository(Account, openMemory())
  await expect(
    accounts.execute('42', 'deposit', { cents: 1 }, { expected: 'stream-exists' }),
  ).rejects.toMatchObject({
    code: 'concurrency',
    expected: 'stream-exists',
    actual: 0,
  })
  await accounts.execute('42', 'open', { owner: 'Ada' }, { expected: 'no-stream' })
  await accounts.execute('42', 'deposit', { cents: 1 }, { expected: 1 })
  await expect(accounts.execute('42', 'open', { owner: 'Bob' }, { expected: 1 })).rejects.toMatchObject({
    code: 'concurrency',
    actual: 2,
  })
})

test('metadata reaches the context and every event', async () => {
  const store = openMemory()
  const Echo = defineAggregate('echo', {
    initialState: 0,
    events: { Heard: z.object({ actor: z.string() }) },
    evolve: { Heard: (state) => state + 1 },
    commands: { hear: z.void() },
    decide: {
      hear: (_state, _input, { metadata }) => [{ type: 'Heard', data: { actor: metadata.actor ?? '' } }],
    },
  })
  await repository(Echo, store).execute('1', 'hear', undefined, {
    metadata: { actor: 'ada', correlationId: 'c1' },
  })
  expect(await store.readStream('echo-1')).toMatchObject([
    { data: { actor: 'ada' }, metadata: { actor: 'ada', correlationId: 'c1' } },
  ])
})

test('decide may be asynchronous and gets clock, ids, place and services', async () => {
  const Quote = defineAggregate('quote', {
    services: typeOf<{ price(sku: string): Promise<number> }>(),
    initialState: [] as readonly unknown[],
    events: { Quoted: typeOf<{ price: number; at: string; id: string; stream: string; version: number }>() },
    evolve: { Quoted: (state, data) => [...state, data] },
    commands: { quote: typeOf<{ sku: string }>() },
    decide: {
      quote: async (_state, { sku }, { clock, newId, services, stream, version }) => {
        const price = await services.price(sku)
        return [{ type: 'Quoted', data: { price, at: clock().toISOString(), id: newId(), stream, version } }]
      },
    },
  })
  const newId = () => '00000000-0000-7000-8000-000000000001'
  const store = openMemory({ clock: () => new Date('2026-01-01'), newId })
  const quotes = repository(Quote, store, { services: { price: async (sku) => sku.length } })
  const { state } = await quotes.execute('7', 'quote', { sku: 'abc' })
  expect(state).toEqual([
    { price: 3, at: '2026-01-01T00:00:00.000Z', id: newId(), stream: 'quote-7', version: 0 },
  ])
})

test('several commands on several aggregates are stored together', async () => {
  const store = openMemory()
  const accounts = repository(Account, store)
  await accounts.execute('ada', 'deposit', { cents: 10 })
  const [ada, bob] = await executeAll([
    accounts.command('ada', 'withdraw', { cents: 4 }),
    accounts.command('bob', 'deposit', { cents: 4 }),
  ])
  expect([ada.state.cents, bob.state.cents]).toEqual([6, 4])
  const refused = executeAll([
    accounts.command('bob', 'deposit', { cents: 100 }),
    accounts.command('ada', 'withdraw', { cents: 100 }),
  ])
  await expect(refused).rejects.toMatchObject({ code: 'insufficient-funds' })
  expect((await accounts.load('bob')).state.cents).toBe(4)
})

test('commands on the same aggregate in one call decide one after another', async () => {
  const accounts = repository(Account, openMemory())
  const [first, second] = await executeAll([
    accounts.command('42', 'deposit', { cents: 10 }),
    accounts.command('42', 'withdraw', { cents: 10 }),
  ])
  expect([first.version, second.version, second.state.cents]).toEqual([1, 2, 0])
  expect(second.appended).toMatchObject({ version: 2 })
})

test('several aggregates conflict and decide again together', async () => {
  const store = openMemory()
  const accounts = repository(Account, store)
  await accounts.execute('ada', 'deposit', { cents: 10 })
  interfere(store, 'account-ada', 1)
  await executeAll([
    accounts.command('ada', 'withdraw', { cents: 11 }),
    accounts.command('bob', 'deposit', { cents: 11 }),
  ]).then(
    () => expect.unreachable('the first attempt cannot see the deposit'),
    (error: unknown) => expect(error).toMatchObject({ code: 'insufficient-funds' }),
  )
  interfere(store, 'account-ada', 2)
  const [ada] = await executeAll([
    accounts.command('ada', 'withdraw', { cents: 11 }),
    accounts.command('bob', 'deposit', { cents: 11 }),
  ])
  expect([ada.state.cents, (await accounts.load('bob')).state.cents]).toEqual([2, 11])
})

test('aggregates of different stores, or none at all, cannot be executed together', async () => {
  const [here, there] = [repository(Account, openMemory()), repository(Account, openMemory())]
  const mixed = executeAll([here.command('1', 'touch'), there.command('2', 'touch')])
  await expect(mixed).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(executeAll([])).rejects.toMatchObject({ code: 'invalid-option' })
})

test('time travel by version', async () => {
  const accounts = repository(Account, openMemory())
  await accounts.execute('42', 'deposit', { cents: 10 })
  await accounts.execute('42', 'withdrawTwice', { cents: 2 })
  const states = [0, 1, 2, 3].map(async (version) => (await accounts.load('42', { version })).state.cents)
  expect(await Promise.all(states)).toEqual([0, 10, 8, 6])
  await expect(accounts.load('42', { version: 4 })).rejects.toMatchObject({
    code: 'version-not-found',
    stream: 'account-42',
    version: 4,
    actual: 3,
  })
  await expect(accounts.load('42', { version: -1 })).rejects.toMatchObject({ code: 'invalid-option' })
})

test('time travel by time, the very millisecond included', async () => {
  let now = new Date('2026-01-01')
  const accounts = repository(Account, openMemory({ clock: () => now }))
  await accounts.execute('42', 'deposit', { cents: 10 })
  now = new Date('2026-01-02')
  await accounts.execute('42', 'deposit', { cents: 1 })
  const at = async (time: string) => (await accounts.load('42', { at: new Date(time) })).state.cents
  expect(await at('2025-12-31')).toBe(0)
  expect(await at('2026-01-01')).toBe(10)
  expect(await at('2026-01-01T23:59:59.999Z')).toBe(10)
  expect(await at('2026-01-02')).toBe(11)
})

test('time travel to a time that cannot be is refused, and does not give the state of now', async () => {
  const accounts = repository(Account, openMemory())
  await accounts.execute('42', 'open', { owner: 'Ada' })
  for (const at of [new Date(Number.NaN), '2026-01-01' as never, 5 as never]) {
    await expect(accounts.load('42', { at })).rejects.toMatchObject({ code: 'invalid-option' })
  }
})

test('time travel by what the data says', async () => {
  const accounts = repository(Account, openMemory())
  for (const cents of [1, 2, 3]) await accounts.execute('42', 'deposit', { cents })
  const loaded = await accounts.load('42', {
    while: (event) => event.type !== 'MoneyDeposited' || event.data.cents < 3,
  })
  expect(loaded).toMatchObject({ state: { cents: 3 }, version: 2 })
})

test('a long stream is folded in pages', async () => {
  const store = openMemory()
  const events = Array.from({ length: 2_500 }, () => ({ type: 'MoneyDeposited', data: { cents: 1 } }))
  await store.append('account-42', events)
  const accounts = repository(Account, store)
  expect(await accounts.load('42')).toMatchObject({ state: { cents: 2_500 }, version: 2_500 })
  expect(await accounts.load('42', { version: 1_500 })).toMatchObject({ state: { cents: 1_500 } })
})

test('an event that the definition does not know cannot be read', async () => {
  const store = openMemory()
  await store.append('account-42', [{ type: 'toString', data: {} }])
  const loading = repository(Account, store).load('42')
  await expect(loading).rejects.toThrow(UnreadableEventError)
  await expect(loading).rejects.toMatchObject({ stream: 'account-42', version: 1, type: 'toString' })
})

test('stored data is checked on read where that is asked for', async () => {
  const store = openMemory()
  await store.append('account-42', [{ type: 'MoneyWithdrawn', data: { cents: 'many' } }])
  await repository(Account, store).load('42')
  const checking = repository(Account, store, { validateOnRead: true })
  await expect(checking.load('42')).rejects.toMatchObject({
    code: 'unreadable-event',
    version: 1,
    cause: { code: 'invalid-event', issues: [{ path: ['cents'] }] },
  })
})

test('asynchronous schemas are awaited, for commands, events and reads', async () => {
  const even = z.object({ n: z.number().refine(async (n) => n % 2 === 0) })
  const Even = defineAggregate('even', {
    initialState: 0,
    events: { Added: even },
    evolve: { Added: (state, { n }) => state + n },
    commands: { add: even, addOdd: typeOf<{ n: number }>() },
    decide: {
      add: (_state, { n }) => [{ type: 'Added', data: { n } }],
      addOdd: (_state, { n }) => [{ type: 'Added', data: { n } }],
    },
  })
  const store = openMemory()
  const evens = repository(Even, store, { validateOnRead: true })
  expect(await evens.execute('1', 'add', { n: 2 })).toMatchObject({ state: 2 })
  await expect(evens.execute('1', 'add', { n: 3 })).rejects.toMatchObject({ code: 'invalid-command' })
  await expect(evens.execute('1', 'addOdd', { n: 3 })).rejects.toMatchObject({ code: 'invalid-event' })
  await store.append('even-1', [{ type: 'Added', data: { n: 3 } }])
  await expect(evens.load('1')).rejects.toMatchObject({ code: 'unreadable-event', version: 2 })
})

test('loads and executes inside a transaction, and leaves nothing if it fails', async () => {
  const store = openMemory()
  const accounts = repository(Account, store)
  const failing = store.transaction(async (transaction) => {
    await accounts.execute('42', 'deposit', { cents: 5 }, { transaction })
    expect(await accounts.load('42', { transaction })).toMatchObject({ state: { cents: 5 } })
    expect(await accounts.load('42')).toMatchObject({ version: 0 })
    throw new Error('changed my mind')
  })
  await expect(failing).rejects.toThrow('changed my mind')
  expect(await accounts.load('42')).toMatchObject({ version: 0 })
})

test('a command whose events were stored before gives the state as it is', async () => {
  const id = '00000000-0000-7000-8000-000000000001'
  const Till = defineAggregate('till', {
    initialState: 0,
    events: { Paid: typeOf<{ cents: number }>() },
    evolve: { Paid: (state, { cents }) => state + cents },
    commands: { pay: typeOf<{ cents: number }>() },
    decide: { pay: (_state, data) => [{ type: 'Paid', data, id }] },
  })
  const tills = repository(Till, openMemory())
  await tills.execute('1', 'pay', { cents: 5 })
  expect(await tills.execute('1', 'pay', { cents: 5 })).toMatchObject({
    state: 5,
    version: 1,
    events: [{ type: 'Paid', data: { cents: 5 } }],
    appended: { version: 1, duplicate: true },
  })
})

test('events are folded without a store', () => {
  const events = [
    { type: 'AccountOpened', data: { owner: 'Ada' } },
    { type: 'MoneyDeposited', data: { cents: 5, note: '' } },
  ] as const
  const state = fold(Account, events)
  expect(state).toEqual({ open: true, cents: 5 })
  expect(fold(Account, [events[1]], state)).toEqual({ open: true, cents: 10 })
  expect(fold(Account, [])).toEqual({ open: false, cents: 0 })
  expect(() => fold(Account, [{ type: 'toString' } as never])).toThrow(
    expect.objectContaining({ code: 'invalid-event' }),
  )
})
