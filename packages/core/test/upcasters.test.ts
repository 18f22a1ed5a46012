import {
  defineAggregate,
  defineUpcasters,
  EventStore,
  repository,
  typeOf,
  type UpcastFailure,
  type UpcastSteps,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'

test.for<[string, object, RegExp]>([
  ['no list', { A: () => ({}) }, /not a list/],
  ['an empty list', { A: [] }, /not a list/],
  ['a step of nothing', { A: [undefined] }, /none of/],
  ['a step of something else', { A: ['dropped'] }, /none of/],
  ['a split without a function', { A: [{ into: { B: 1 } }] }, /none of/],
  ['a split into nothing', { A: [{ into: {}, upcast: () => [] }] }, /none of/],
  ['a step after the end', { A: ['drop', () => ({})] }, /ends the type/],
  ['its own type as target', { A: [{ as: 'A' }] }, /its own type/],
  [
    'a version of the target that is not there',
    { A: [{ as: 'B', version: 2 }] },
    /version 2 of B, which goes from 1 to 1/,
  ],
  ['a version behind the end of the target', { A: [{ as: 'B', version: 2 }], B: ['drop'] }, /from 1 to 1/],
  ['a version that cannot be', { A: [{ into: { B: 0 }, upcast: () => [] }] }, /version 0 of B/],
  ['a circle of two', { A: [{ as: 'B' }], B: [{ as: 'A' }] }, /A → B → A/],
  [
    'a circle of three',
    { A: [{ as: 'B' }], B: [{ into: { C: 1 }, upcast: () => [] }], C: [{ as: 'A' }] },
    /circle/,
  ],
  ['a name that cannot be', { A: [{ as: '' }] }, /event type/],
])('%s is refused', ([, steps, message]) => {
  expect(() => defineUpcasters(steps as UpcastSteps)).toThrowError(message)
})

async function readWith(steps: UpcastSteps, type: string, data: unknown, schemaVersion = 1) {
  const { adapter } = openMemory()
  await new EventStore(adapter).append('a-1', [{ type, data, schemaVersion }])
  const events = await new EventStore(adapter, { upcasters: defineUpcasters(steps) }).readStream('a-1')
  return events.map(({ type: read, data: found, schemaVersion: version }) => [read, found, version])
}

test('steps lead from every version to the last, over names', async () => {
  const steps: UpcastSteps = {
    A: [(data: string) => `${data}2`, (data: string) => `${data}3`],
    Old: [(data: string) => `${data}b`, { as: 'A', version: 2, upcast: (data: string) => `${data}a` }],
  }
  expect(await readWith(steps, 'A', '1')).toEqual([['A', '123', 3]])
  expect(await readWith(steps, 'A', '1', 2)).toEqual([['A', '13', 3]])
  expect(await readWith(steps, 'A', '1', 3)).toEqual([['A', '1', 3]])
  expect(await readWith(steps, 'Old', '1')).toEqual([['A', '1ba3', 3]])
  expect(await readWith(steps, 'Old', '1', 2)).toEqual([['A', '1a3', 3]])
  expect(await readWith(steps, 'Other', '1', 7)).toEqual([['Other', '1', 7]])
})

test('a step is told where the event stands, and cannot change what it gets', async () => {
  const seen: unknown[] = []
  const steps: UpcastSteps = {
    A: [
      (data: { list: number[] }, event) => {
        seen.push(event)
        expect(() => data.list.push(1)).toThrow(TypeError)
        return { ...data, more: true }
      },
      (data: object, event) => {
        seen.push(event)
        return data
      },
    ],
  }
  expect(await readWith(steps, 'A', { list: [] })).toEqual([['A', { list: [], more: true }, 3]])
  expect(seen).toEqual([
    { stream: 'a-1', version: 1, type: 'A', schemaVersion: 1 },
    { stream: 'a-1', version: 1, type: 'A', schemaVersion: 2 },
  ])
})

test('what is read in place of an event that fails is said by the user, or it is an error', async () => {
  const failures: UpcastFailure[] = []
  const steps: UpcastSteps = {
    A: [
      (data: { bad: boolean }) => {
        if (data.bad) throw new Error('bad')
        return {}
      },
    ],
    B: [{ into: { C: 1 }, upcast: () => [{ type: 'D', data: {} }] }],
  }
  const { adapter } = openMemory()
  await new EventStore(adapter).append('a-1', [
    { type: 'A', data: { bad: true } },
    { type: 'A', data: { bad: false }, schemaVersion: 3 },
    { type: 'B', data: {} },
    { type: 'B', data: {}, schemaVersion: 2 },
  ])
  const strict = new EventStore(adapter, { upcasters: defineUpcasters(steps) })
  for (const [from, message] of [
    [1, /its upcaster failed/],
    [2, /schema version 3 is later than/],
    [3, /its upcaster failed/],
    [4, /schema version 2 is later than/],
  ] as const) {
    await expect(strict.readStream('a-1', { from, limit: 1 })).rejects.toThrowError(message)
  }
  const lenient = new EventStore(adapter, {
    upcasters: defineUpcasters(steps, {
      onFailure: (failure) => {
        failures.push(failure)
        return failure.type === 'A' ? [{ type: 'Unreadable', data: failure.data }] : []
      },
    }),
  })
  const events = await lenient.readStream('a-1')
  expect(events.map(({ type, data, version }) => [type, data, version])).toEqual([
    ['Unreadable', { bad: true }, 1],
    ['Unreadable', { bad: false }, 2],
  ])
  expect(failures.map(({ version, error }) => [version, error instanceof Error])).toEqual([
    [1, true],
    [2, false],
    [3, true],
    [4, false],
  ])
})

test('data that could poison objects does not, on its way through upcasters', async () => {
  const { adapter } = openMemory({ codec: { encode: (value) => value as string, decode: JSON.parse } })
  const codec = {
    encode: (value: unknown) => value as string,
    decode: (text: string) => JSON.parse(text) as unknown,
  }
  const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
  await new EventStore(adapter, { codec }).append('a-1', [{ type: 'A', data: text }])
  const upcasters = defineUpcasters({ A: [(data: object) => ({ ...data, more: 1 })] })
  const [event] = await new EventStore(adapter, { codec, upcasters }).readStream('a-1')
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  expect(Object.getPrototypeOf(event?.data)).toBe(Object.prototype)
})

test('any chain of steps gives what its steps give one after another', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 20 }),
      async (types, events) => {
        // Type i leads through its steps to type i + 1; the last one stays.
        const steps = Object.fromEntries(
          types.map((list, index) => {
            const own = list.map((step) => (data: readonly number[]) => [...data, index * 10 + step])
            return [`T${index}`, index === types.length - 1 ? own : [...own, { as: `T${index + 1}` }]]
          }),
        )
        const written = events.map(([type, version]) => {
          const index = type % types.length
          const list = types[index] as number[]
          return { index, schemaVersion: 1 + (version % (list.length + 1)) }
        })
        const expected = written.map(({ index, schemaVersion }) => {
          const own = (types[index] as number[]).slice(schemaVersion - 1).map((step) => index * 10 + step)
          const later = types
            .slice(index + 1)
            .flatMap((list, offset) => list.map((s) => (index + 1 + offset) * 10 + s))
          return [...own, ...later]
        })
        const { adapter } = openMemory()
        if (written.length > 0) {
          await new EventStore(adapter).append(
            'a-1',
            written.map(({ index, schemaVersion }) => ({ type: `T${index}`, schemaVersion, data: [] })),
          )
        }
        const store = new EventStore(adapter, { upcasters: defineUpcasters(steps) })
        expect((await store.readStream('a-1')).map(({ data }) => data)).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('validation on read, and time travel, look at what old events have become', async () => {
  const Account = defineAggregate('account', {
    initialState: { cents: 0, notes: [] as string[] },
    events: { Paid: z.object({ cents: z.int().positive() }), Noted: z.object({ text: z.string() }) },
    evolve: {
      Paid: (state, { cents }) => ({ ...state, cents: state.cents + cents }),
      Noted: (state, { text }) => ({ ...state, notes: [...state.notes, text] }),
    },
  })
  const { adapter } = openMemory()
  await new EventStore(adapter).append('account-1', [
    { type: 'Paid', data: { euros: 1, text: 'a' } },
    { type: 'Paid', data: { euros: 0, text: 'b' } },
  ])
  const upcasters = defineUpcasters({
    Paid: [
      {
        into: { Payment: 1, Noted: 1 },
        upcast: ({ euros, text }: { euros: number; text: string }) => [
          { type: 'Payment', data: { cents: euros * 100 } },
          { type: 'Noted', data: { text } },
        ],
      },
    ],
    Payment: [{ as: 'Paid2' }],
  })
  const Renamed = defineAggregate('account', {
    initialState: Account.initialState as { cents: number; notes: string[] },
    events: { Paid2: Account.events.Paid, Noted: Account.events.Noted },
    evolve: { Paid2: Account.evolve.Paid, Noted: Account.evolve.Noted },
  })
  const store = new EventStore(adapter, { upcasters })
  const lax = repository(Renamed, store)
  expect((await lax.load('1')).state).toEqual({ cents: 100, notes: ['a', 'b'] })
  expect((await lax.load('1', { version: 1 })).state).toEqual({ cents: 100, notes: ['a'] })
  const seen: string[] = []
  const before = await lax.load('1', {
    while: ({ type, version }) => {
      seen.push(`${type}@${version}`)
      return version < 2
    },
  })
  expect(before).toMatchObject({ version: 1, state: { notes: ['a'] } })
  expect(seen).toEqual(['Paid2@1', 'Noted@1', 'Paid2@2'])
  const strict = repository(Renamed, store, { validateOnRead: true })
  await expect(strict.load('1')).rejects.toMatchObject({
    code: 'unreadable-event',
    version: 2,
    type: 'Paid2',
  })
  expect((await strict.load('1', { version: 1 })).state.cents).toBe(100)
})

test('an event that the definition does not have fails a load, or is passed over', async () => {
  const Tally = defineAggregate('tally', {
    initialState: { total: 0 },
    events: { Added: typeOf<{ by: number }>() },
    evolve: { Added: ({ total }, { by }) => ({ total: total + by }) },
  })
  const store = openMemory()
  await store.append('tally-1', [
    { type: 'Added', data: { by: 1 } },
    { type: 'Unheard', data: {} },
    { type: 'Added', data: { by: 2 } },
  ])
  await expect(repository(Tally, store).load('1')).rejects.toMatchObject({
    code: 'unreadable-event',
    message: expect.stringContaining('add it to the definition, or an upcaster'),
  })
  const lenient = repository(Tally, store, { onUnknownEvent: 'ignore' })
  expect(await lenient.load('1')).toMatchObject({ version: 3, state: { total: 3 } })
  expect(await lenient.load('1', { while: () => true })).toMatchObject({ version: 3, state: { total: 3 } })
  const validating = repository(Tally, store, { onUnknownEvent: 'ignore', validateOnRead: true })
  expect(await validating.load('1')).toMatchObject({ version: 3, state: { total: 3 } })
})
