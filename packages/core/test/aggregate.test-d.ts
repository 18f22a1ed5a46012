import {
  type Decide,
  defineAggregate,
  type EventOf,
  executeAll,
  fold,
  type NewEventOf,
  type RecordedEvent,
  type RepositoryOf,
  repository,
  type StateOf,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  services: typeOf<{ rate: number }>(),
  initialState: { open: false, cents: 0 },
  events: {
    AccountOpened: z.object({ owner: z.string() }),
    MoneyDeposited: z.object({ cents: z.int(), note: z.string().default('') }),
  },
  evolve: {
    AccountOpened: (state, data) => {
      expectTypeOf(state).toEqualTypeOf<{ open: boolean; cents: number }>()
      expectTypeOf(data).toEqualTypeOf<{ owner: string }>()
      return { ...state, open: true }
    },
    MoneyDeposited: (state, data) => {
      expectTypeOf(data).toEqualTypeOf<{ cents: number; note: string }>()
      return { ...state, cents: state.cents + data.cents }
    },
  },
  commands: {
    open: typeOf<{ owner: string }>(),
    deposit: z.object({ cents: z.coerce.number() }),
    close: z.void(),
  },
  decide: {
    open: (state, input) => {
      expectTypeOf(input).toEqualTypeOf<{ owner: string }>()
      return state.open ? [] : [{ type: 'AccountOpened', data: input }]
    },
    deposit: async (_state, input, { services }) => {
      expectTypeOf(input).toEqualTypeOf<{ cents: number }>()
      expectTypeOf(services).toEqualTypeOf<{ rate: number }>()
      return [{ type: 'MoneyDeposited', data: { cents: input.cents * services.rate } }]
    },
    close: () => [],
  },
})

const accounts = repository(Account, openMemory(), { services: { rate: 1 } })

test('state and events are inferred from the definition', () => {
  expectTypeOf<StateOf<typeof Account>>().toEqualTypeOf<{ open: boolean; cents: number }>()
  expectTypeOf<EventOf<typeof Account>>().toEqualTypeOf<
    | RecordedEvent<'AccountOpened', { owner: string }>
    | RecordedEvent<'MoneyDeposited', { cents: number; note: string }>
  >()
  expectTypeOf<NewEventOf<(typeof Account)['events']>['type']>().toEqualTypeOf<
    'AccountOpened' | 'MoneyDeposited'
  >()
})

test('an initial state may be made by a function', () => {
  const Other = defineAggregate('other', {
    initialState: () => ({ list: ['a'] }),
    events: { Added: z.object({ item: z.string() }) },
    evolve: { Added: (state, { item }) => ({ list: [...state.list, item] }) },
  })
  expectTypeOf<StateOf<typeof Other>>().toEqualTypeOf<{ list: string[] }>()
})

test('a decision needs no parameters to have its events inferred', () => {
  const events = { Opened: z.object({}), Added: z.object({ n: z.number() }) }
  const evolve = { Opened: (state: number) => state, Added: (state: number) => state }
  defineAggregate('a', {
    initialState: 0,
    events,
    evolve,
    commands: { open: z.void(), add: z.void(), both: z.void(), later: z.void() },
    decide: {
      open: () => [{ type: 'Opened', data: {} }],
      add: async () => [{ type: 'Added', data: { n: 1 } }],
      both: () => [
        { type: 'Opened', data: {} },
        { type: 'Added', data: { n: 1 }, tags: ['a'] },
      ],
      later: (_state, _input, { clock }) => [{ type: 'Added', data: { n: clock().getTime() } }],
    },
  })
  defineAggregate('a', {
    initialState: 0,
    events,
    evolve,
    commands: { add: z.void() },
    // @ts-expect-error The data are those of another event.
    decide: { add: () => [{ type: 'Added', data: { sku: 'x' } }] },
  })
})

test('a forgotten or misspelt function does not compile', () => {
  const events = { A: z.object({}), B: z.object({}) }
  // @ts-expect-error B is missing.
  defineAggregate('a', { initialState: 0, events, evolve: { A: (state) => state } })
  defineAggregate('a', {
    initialState: 0,
    events: { A: z.object({}) },
    evolve: { A: (state) => state },
    commands: { go: z.void() },
    // @ts-expect-error The event has another name.
    decide: { go: () => [{ type: 'Aa', data: {} }] },
  })
  defineAggregate('a', {
    initialState: 0,
    events: { A: z.object({}) },
    evolve: { A: (state) => state },
    commands: { go: z.void() },
    decide: {
      go: () => [],
      // @ts-expect-error There is no such command.
      come: () => [{ type: 'A', data: {} }],
    },
  })
  defineAggregate('a', {
    initialState: 0,
    events: { A: z.object({}) },
    evolve: { A: (state) => state },
    commands: { go: z.void(), come: z.void() },
    // @ts-expect-error A command is missing.
    decide: { go: () => [{ type: 'A', data: {} }] },
  })
  defineAggregate('a', {
    initialState: 0,
    events: { A: z.object({ n: z.number() }) },
    // @ts-expect-error The state is a number.
    evolve: { A: () => 'text' },
  })
})

test('commands take exactly their input', () => {
  expectTypeOf(accounts.execute<'open'>)
    .parameter(2)
    .toEqualTypeOf<{ owner: string }>()
  void accounts.execute('1', 'close')
  void accounts.execute('1', 'close', undefined, { expected: 3 })
  // @ts-expect-error The input is missing.
  void accounts.execute('1', 'open')
  // @ts-expect-error There is no such command.
  void accounts.execute('1', 'rob', {})
  // @ts-expect-error The input is wrong.
  void accounts.execute('1', 'open', { owner: 1 })
})

test('results are typed by the aggregate, also of several', async () => {
  expectTypeOf((await accounts.load('1')).state).toEqualTypeOf<{ open: boolean; cents: number }>()
  const [opened, closed] = await executeAll([
    accounts.command('1', 'open', { owner: '' }),
    accounts.command('2', 'close'),
  ])
  expectTypeOf(opened.state.cents).toEqualTypeOf<number>()
  expectTypeOf(closed.events).toEqualTypeOf<readonly NewEventOf<(typeof Account)['events']>[]>()
  await accounts.load('1', {
    while: (event) => {
      if (event.type === 'MoneyDeposited') expectTypeOf(event.data.cents).toEqualTypeOf<number>()
      return true
    },
  })
})

test('a literal in a state needs no annotation where evolve returns it', () => {
  const Door = defineAggregate('door', {
    initialState: { status: 'shut' as 'shut' | 'open', passed: 0 },
    events: { Opened: typeOf<{ by: string }>() },
    evolve: { Opened: (state, { by }) => ({ ...state, status: 'open', passed: by.length }) },
  })
  defineAggregate('door', {
    initialState: { status: 'shut' as 'shut' | 'open' },
    events: { Opened: typeOf<{ by: string }>() },
    evolve: { Opened: (_state) => ({ status: 'open' }) },
  })
  defineAggregate('door', {
    initialState: { status: 'shut' as 'shut' | 'open' },
    events: { Opened: typeOf<{ by: string }>() },
    // @ts-expect-error Of a function without parameters TypeScript keeps `string` only.
    evolve: { Opened: () => ({ status: 'open' }) },
  })
  expectTypeOf<StateOf<typeof Door>>().toEqualTypeOf<{ status: 'shut' | 'open'; passed: number }>()
})

test('services are required exactly where the definition names them', () => {
  // @ts-expect-error The services are missing.
  repository(Account, openMemory())
  const Plain = defineAggregate('plain', { initialState: 0, events: {}, evolve: {} })
  repository(Plain, openMemory())
})

test('decide may be written apart from the definition', () => {
  const decide: Decide<
    (typeof Account)['events'],
    StateOf<typeof Account>,
    (typeof Account)['commands'],
    { rate: number }
  > = Account.decide
  expectTypeOf(decide.close).returns.toExtend<unknown>()
})

test('repositories have a type of their own, and recorded events can be folded', async () => {
  const state = async (repo: RepositoryOf<typeof Account>) => (await repo.load('1')).state.cents
  expectTypeOf(state(accounts)).resolves.toEqualTypeOf<number>()
  const events = await accounts.store.readStream<EventOf<typeof Account>>('account-1')
  expectTypeOf(fold(Account, events)).toEqualTypeOf<{ open: boolean; cents: number }>()
  // @ts-expect-error The data is wrong.
  fold(Account, [{ type: 'AccountOpened', data: {} }])
})

test('what is personal is told by the fields of the events', () => {
  const definition = {
    initialState: {},
    events: { Registered: z.object({ id: z.string(), name: z.string(), age: z.int() }) },
    evolve: { Registered: (state: object) => state },
  }
  defineAggregate('customer', {
    ...definition,
    personal: { Registered: { subject: 'id', fields: { name: 'forgotten', age: 0 } } },
  })
  defineAggregate('customer', {
    ...definition,
    personal: { Registered: { subject: ({ id }, key) => `${id}${key}`, fields: { name: '' } } },
  })
  // @ts-expect-error the placeholder is of another type
  defineAggregate('customer', { ...definition, personal: { Registered: { fields: { age: 'unknown' } } } })
  // @ts-expect-error there is no such field
  defineAggregate('customer', { ...definition, personal: { Registered: { fields: { email: '' } } } })
  // @ts-expect-error there is no such event
  defineAggregate('customer', { ...definition, personal: { Removed: { fields: {} } } })
})
