import { defineAggregate, defineUpcasters, typeOf, type Upcasters } from '@eventfold/core'
import { checkSchemas, lockSchemas, type SchemaLock } from '@eventfold/core/schemas'
import { expect, test } from 'vitest'
import { z } from 'zod'

type Events = Record<string, z.ZodType>

function accountOf(events: Events) {
  const evolve = Object.fromEntries(Object.keys(events).map((type) => [type, (state: object) => state]))
  return defineAggregate('account', { initialState: {}, events, evolve })
}

/** The codes of what is found when `after` takes the place of `before`, after a trip through a file. */
async function change(
  before: Events,
  after: Events,
  upcasters?: Upcasters,
  spoil = (lock: SchemaLock) => lock,
) {
  const lock = JSON.parse(JSON.stringify(lockSchemas([accountOf(before)]))) as SchemaLock
  return checkSchemas(spoil(lock), [accountOf(after)], { upcasters })
}

async function changeOf(before: z.ZodType, after: z.ZodType): Promise<string> {
  const problems = await change({ Happened: before }, { Happened: after })
  return problems.map(({ code, message }) => `${code}: ${message}`).join('\n')
}

const { object, string, number, int, array, optional, nullable, literal, record, tuple, union } = z

test.for<[string, z.ZodType, z.ZodType]>([
  ['nothing', object({ a: string() }), object({ a: string() })],
  ['another order of properties', object({ a: string(), b: int() }), object({ b: int(), a: string() })],
  ['a new optional property', object({ a: string() }), object({ a: string(), b: optional(string()) })],
  ['a property that is required no more', object({ a: string() }), object({ a: optional(string()) })],
  ['a property that has gone', object({ a: string(), b: int() }), object({ a: string() })],
  ['a wider type', object({ a: int() }), object({ a: number() })],
  ['one type more', object({ a: string() }), object({ a: union([string(), int()]) })],
  ['null besides', object({ a: string() }), object({ a: nullable(string()) })],
  ['a value more', object({ a: z.enum(['x']) }), object({ a: z.enum(['x', 'y']) })],
  ['any text in place of values', object({ a: z.enum(['x']) }), object({ a: string() })],
  ['a literal that becomes one of several', object({ a: literal('x') }), object({ a: z.enum(['x', 'y']) })],
  ['wider bounds', object({ a: int().min(1).max(5) }), object({ a: int().min(0).max(6) })],
  ['from more than zero to zero and more', object({ a: int().positive() }), object({ a: int().min(0) })],
  ['no bounds', object({ a: string().min(2).max(9) }), object({ a: string() })],
  ['longer lists', object({ a: array(int()).max(3) }), object({ a: array(number()).max(4) })],
  ['records of a wider type', record(string(), int()), record(string(), union([int(), string()]))],
  ['a multiple of a divisor', object({ a: int().multipleOf(100) }), object({ a: int().multipleOf(10) })],
  ['another default', object({ a: string().default('x') }), object({ a: string().default('y') })],
  ['another description', object({ a: string().describe('x') }), object({ a: string() })],
  [
    'an alternative more',
    z.discriminatedUnion('t', [object({ t: literal(1) })]),
    z.discriminatedUnion('t', [object({ t: literal(1) }), object({ t: literal(2), b: int() })]),
  ],
  ['a schema that does not describe itself', z.date(), object({ a: string() })],
  ['anything', object({ a: string() }), z.unknown()],
])('old events survive %s', async ([, before, after]) => {
  expect(await changeOf(before, after)).toBe('')
})

test.for<[string, z.ZodType, z.ZodType, RegExp]>([
  [
    'a new property',
    object({ a: string() }),
    object({ a: string(), b: int() }),
    /\/b is required, and is new/,
  ],
  [
    'a default, which nobody fills in',
    object({}),
    object({ a: string().default('x') }),
    /\/a is required, and is new/,
  ],
  [
    'what was optional',
    object({ a: optional(string()) }),
    object({ a: string() }),
    /\/a is required, and was optional/,
  ],
  ['another type', object({ a: string() }), object({ a: int() }), /\/a cannot be of type string any more/],
  ['a narrower type', object({ a: number() }), object({ a: int() }), /\/a cannot be of type number any more/],
  ['null no more', object({ a: nullable(string()) }), object({ a: string() }), /\/a cannot be of type null/],
  [
    'a value less',
    object({ a: z.enum(['x', 'y']) }),
    object({ a: z.enum(['x']) }),
    /\/a cannot be "y" any more/,
  ],
  [
    'values in place of any text',
    object({ a: string() }),
    object({ a: z.enum(['x']) }),
    /\/a is limited to "x"/,
  ],
  [
    'text in place of a number that was listed',
    object({ a: literal(1) }),
    object({ a: string() }),
    /type integer/,
  ],
  ['a narrower bound', object({ a: int().min(0) }), object({ a: int().min(1) }), /\/a has minimum 1/],
  ['more than zero', object({ a: int().min(0) }), object({ a: int().positive() }), /exclusiveMinimum 0/],
  ['a bound', object({ a: string() }), object({ a: string().max(9) }), /\/a has maxLength 9/],
  ['a format', object({ a: string() }), object({ a: z.iso.date() }), /\/a has pattern/],
  ['a shorter list', object({ a: array(int()) }), object({ a: array(int()).max(3) }), /\/a has maxItems 3/],
  [
    'deep inside',
    object({ a: array(object({ b: string() })) }),
    object({ a: array(object({ b: int() })) }),
    /\/a\/\*\/b/,
  ],
  ['records', record(string(), string()), record(string(), int()), /\/\* cannot be of type string/],
  ['places', tuple([string(), int()]), tuple([string(), string()]), /\/1 cannot be of type integer/],
  [
    'a finer step',
    object({ a: int().multipleOf(10) }),
    object({ a: int().multipleOf(100) }),
    /multipleOf 100/,
  ],
  [
    'an alternative less',
    z.discriminatedUnion('t', [object({ t: literal(1) }), object({ t: literal(2) })]),
    z.discriminatedUnion('t', [object({ t: literal(1) })]),
    /\/ fits none|cannot be 2/,
  ],
  ['something known in place of anything', z.unknown(), object({ a: string() }), /limited to object/],
])('old events do not survive %s', async ([, before, after, message]) => {
  const problems = await changeOf(before, after)
  expect(problems).toMatch(/^changed: /)
  expect(problems).toMatch(message)
  expect(problems).toContain('add an upcaster from version 1 to 2')
})

test('schemas that refer to themselves are compared to their end', async () => {
  const treeOf = (leaf: z.ZodType) => {
    const Tree = object({
      leaf,
      get parts() {
        return array(Tree)
      },
    })
    return Tree
  }
  expect(await changeOf(treeOf(string()), treeOf(string()))).toBe('')
  expect(await changeOf(treeOf(string()), treeOf(int()))).toMatch(/leaf cannot be of type string/)
})

test('an event that has gone needs an upcaster that ends it', async () => {
  const before = { Kept: object({}), Gone: object({ a: int() }) }
  const after = { Kept: object({}) }
  expect((await change(before, after)).map(({ code, type }) => [code, type])).toEqual([['removed', 'Gone']])
  expect(await change(before, after, defineUpcasters({ Gone: ['drop'] }))).toEqual([])
  expect(await change(before, after, defineUpcasters({ Gone: [{ as: 'Kept' }] }))).toEqual([])
})

test('a new version needs an upcaster and a place in the lock, which keeps the old one', async () => {
  const before = accountOf({ Paid: object({ euros: int() }) })
  const after = accountOf({ Paid: object({ cents: int() }) })
  const upcasters = defineUpcasters({ Paid: [({ euros }: { euros: number }) => ({ cents: euros * 100 })] })
  const lock = lockSchemas([before])
  expect((await checkSchemas(lock, [after])).map(({ code }) => code)).toEqual(['changed'])
  expect((await checkSchemas(lock, [after], { upcasters })).map(({ code }) => code)).toEqual(['not-locked'])
  const next = lockSchemas([after], { upcasters, previous: lock })
  expect(await checkSchemas(next, [after], { upcasters })).toEqual([])
  expect(Object.keys(next.events['account']?.['Paid']?.versions ?? {})).toEqual(['1', '2'])
  expect((await checkSchemas(next, [after])).map(({ code }) => code)).toEqual(['version-went-back'])
  expect(lockSchemas([after], { upcasters, previous: next })).toEqual(next)
})

test('samples of every version have to be readable', async () => {
  const before = { Paid: object({ euros: int() }) }
  const after = { Paid: object({ cents: int().positive() }) }
  const withSamples = (lock: SchemaLock): SchemaLock => ({
    ...lock,
    events: {
      account: {
        Paid: {
          versions: {
            '1': { schema: null, samples: [{ euros: 5 }, { euros: 0 }, { cent: 1 }] },
            '2': { schema: null, samples: [{ cents: 5 }] },
          },
        },
      },
    },
  })
  const upcasters = defineUpcasters({
    Paid: [
      ({ euros }: { euros?: number }) => {
        if (euros === undefined) throw new Error('no euros')
        return { cents: euros * 100 }
      },
    ],
  })
  const problems = await change(before, after, upcasters, withSamples)
  expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    expect.stringMatching(
      /^sample-unreadable: Sample 2 of version 1 of Paid does not fit the schema of Paid: .*Mend/,
    ),
    'sample-unreadable: Sample 3 of version 1 of Paid cannot be read: no euros. Mend the upcaster.',
  ])
  const lost = await change(
    before,
    { Kept: object({}) },
    defineUpcasters({ Paid: [{ as: 'Lost' }] }),
    (lock) => ({
      ...withSamples(lock),
      events: { account: { Paid: { versions: { '1': { schema: null, samples: [{}] } } } } },
    }),
  )
  expect(lost.map(({ code }) => code)).toEqual(['sample-unreadable', 'not-locked'])
  expect(lost[0]?.message).toMatch(/becomes Lost, which account does not have/)
})

test('schemas without a description are locked by version, and something else is no lock', async () => {
  const Plain = defineAggregate('plain', {
    initialState: {},
    events: { Happened: typeOf<{ a: string }>() },
    evolve: { Happened: (state) => state },
  })
  const lock = lockSchemas([Plain])
  expect(lock.events).toEqual({ plain: { Happened: { versions: { '1': { schema: null, samples: [] } } } } })
  expect(await checkSchemas(lock, [Plain])).toEqual([])
  await expect(checkSchemas({} as SchemaLock, [Plain])).rejects.toMatchObject({ code: 'invalid-option' })
})
