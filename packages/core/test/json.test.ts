import { InvalidInputError, jsonCodec } from '@eventfold/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'

function refusalOf(value: unknown): { pointer: string | undefined; message: string } {
  try {
    jsonCodec.encode(value, '/data')
  } catch (error) {
    if (error instanceof InvalidInputError && error.code === 'not-json') {
      return { pointer: error.pointer, message: error.message }
    }
    throw error
  }
  throw new Error('it was accepted')
}

function nested(depth: number): unknown {
  let value: unknown = 0
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

test('what is decoded equals what was encoded, for every value of JSON', () => {
  const withoutMinusZero = fc
    .jsonValue({ maxDepth: 6 })
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  fc.assert(
    fc.property(withoutMinusZero, (value) => {
      let text: string
      try {
        text = jsonCodec.encode(value, '')
      } catch (error) {
        expect(error).toMatchObject({ code: 'not-json' })
        expect(JSON.stringify(value)).toMatch(/\\u0000|__proto__|\\ud[89a-f]/i)
        return
      }
      expect(jsonCodec.decode(text)).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

test('what JSON cannot carry is refused, with a pointer to it', () => {
  class Money {
    readonly cents = 5
  }
  const sparse = [1]
  sparse[2] = 3
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const hostile: [string, unknown, string][] = [
    ['', undefined, 'undefined'],
    ['/a', { a: undefined }, 'leave the property out'],
    ['/a/0', { a: [Number.NaN] }, 'NaN'],
    ['/a/1', { a: [1, Number.POSITIVE_INFINITY] }, 'Infinity'],
    ['/a', { a: -0 }, '-0'],
    ['/a', { a: 5n }, 'bigint'],
    ['/a', { a: () => 1 }, 'function'],
    ['/a', { a: Symbol('s') }, 'symbol'],
    ['/a', { a: new Date(0) }, 'ISO string'],
    ['/a', { a: new Date(Number.NaN) }, 'Date'],
    ['/a', { a: new Map() }, 'Map'],
    ['/a', { a: new Set() }, 'Set'],
    ['/a', { a: new Uint8Array(1) }, 'Uint8Array'],
    ['/a', { a: new Money() }, 'Money'],
    ['/a/toJSON', { a: { toJSON: () => 1 } }, 'toJSON'],
    ['/a', { a: Object.assign([1], { toJSON: () => 1 }) }, 'named properties'],
    ['/a', { a: 'x\0y' }, 'U+0000'],
    ['/a', { a: '\ud800' }, 'lone surrogate'],
    ['/x\0y', { 'x\0y': 1 }, 'U+0000'],
    ['/a/__proto__', { a: JSON.parse('{"__proto__": 1}') }, '__proto__'],
    ['', { [Symbol('s')]: 1 }, 'symbol'],
    ['/a/1', { a: sparse }, 'undefined'],
    ['/a~1b~0c', { 'a/b~c': undefined }, 'undefined'],
    [`/self${'/self'.repeat(511)}`, cyclic, 'deeper than 512'],
    ['/0'.repeat(512), nested(513), 'deeper than 512'],
  ]
  for (const [pointer, value, message] of hostile) {
    const refusal = refusalOf(value)
    expect(refusal.pointer).toBe(`/data${pointer}`)
    expect(refusal.message).toContain(message)
  }
})

test('what JSON can carry is accepted up to its limits', () => {
  const values = [
    nested(512),
    2 ** 53 - 1,
    5e-324,
    Number.MAX_VALUE,
    '',
    '\u2028',
    '😀',
    Object.create(null),
    { constructor: 1 },
  ]
  for (const value of values) expect(jsonCodec.decode(jsonCodec.encode(value, ''))).toEqual(value)
})

test('the order of keys is kept', () => {
  expect(jsonCodec.encode({ b: 1, a: { d: 1, c: 2 } }, '')).toBe('{"b":1,"a":{"d":1,"c":2}}')
})
