import type { NewEvent } from '@eventfold/core'
import { checkEmpty } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { ContractCase, Topic } from '../topic.ts'

/** Each value, with the JSON pointer to what is wrong in it. */
type Refused = readonly (readonly [what: string, value: unknown, pointer: string])[]

/** Every value must be refused as data and as metadata, alone, behind a good event, and in one of several streams. */
function refusing(values: Refused): ContractCase {
  return async ({ open }) => {
    const store = await open()
    for (const [what, value, pointer] of values) {
      const good: NewEvent = { type: 'Said', data: 'good' }
      const data = { type: 'Said', data: value }
      const metadata = { type: 'Said', data: null, metadata: { said: value as never } }
      const expectRefusal = (call: Promise<unknown>, at: string) => {
        return rejectsWith(
          call,
          'not-json',
          { name: 'InvalidInputError', pointer: at, retryable: false },
          what,
        )
      }
      await expectRefusal(store.append('account-1', [data]), `/0/data${pointer}`)
      await expectRefusal(store.append('account-1', [good, data]), `/1/data${pointer}`)
      const appends = [good, data].map((event, index) => ({ stream: `account-${index}`, events: [event] }))
      await expectRefusal(store.appendAll(appends), `/1/events/0/data${pointer}`)
      // Metadata fields that are undefined count as left out.
      if (value !== undefined)
        await expectRefusal(store.append('account-1', [metadata]), `/0/metadata/said${pointer}`)
    }
    await checkEmpty(store)
  }
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = wrap(1)
  for (let level = 1; level < depth; level++) value = wrap(value)
  return value
}

class Money {
  cents = 5
}

const ownProto = JSON.parse('{"a":{"__proto__":{"admin":true}}}') as unknown
const hiddenToJson = Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'other' })
const arrayWithSymbol = Object.assign([1], { [Symbol('hidden')]: 1 })

export const refusedContent: Topic = {
  name: 'refused content',
  cases: {
    '[6] text that a store cannot carry is refused, with a pointer to it': refusing([
      ['NUL', 'a\0b', ''],
      ['NUL inside', { list: ['ok', { deep: '\0' }] }, '/list/1/deep'],
      ['a lone high surrogate', { text: '\ud83d' }, '/text'],
      ['a lone low surrogate', ['\udc00 text'], '/0'],
      ['reversed surrogates', '\ude00\ud83d', ''],
      ['NUL in a key', { 'a\0': 1 }, '/a\0'],
      ['a lone surrogate in a key', { x: { '\ud800': 1 } }, '/x/\ud800'],
    ]),

    '[6] text of a codec that a store cannot carry is refused, with a pointer to the value': async ({
      open,
    }) => {
      const store = await open({ codec: { encode: String, decode: (text) => text } })
      for (const text of ['a\0b', '\ud83d', '\ude00\ud83d']) {
        const append = store.append('account-1', [{ type: 'Said', data: text }])
        await rejectsWith(append, 'not-json', { pointer: '/0/data', retryable: false })
      }
      await checkEmpty(store)
    },

    '[6] numbers that JSON cannot carry are refused, with a pointer to them': refusing([
      ['NaN', { a: Number.NaN }, '/a'],
      ['Infinity', [1, Number.POSITIVE_INFINITY], '/1'],
      ['-Infinity', Number.NEGATIVE_INFINITY, ''],
      ['-0', { a: [{ b: -0 }] }, '/a/0/b'],
      ['a BigInt', { a: 5n }, '/a'],
      ['an invalid Date', { at: new Date(Number.NaN) }, '/at'],
    ]),

    '[6] what is no data is refused, with a pointer to it': refusing([
      ['undefined', undefined, ''],
      ['an undefined property', { a: 1, b: undefined }, '/b'],
      ['an undefined element', [1, undefined], '/1'],
      ['a hole', Object.assign(new Array(3), { 0: 1, 2: 3 }), '/1'],
      ['a function', { a: () => 1 }, '/a'],
      ['a method', { a: { call() {} } }, '/a/call'],
      ['a symbol', { a: Symbol('s') }, '/a'],
      ['a property named by a symbol', { a: { [Symbol('s')]: 1 } }, '/a'],
      ['an array with named properties', { a: Object.assign([1], { name: 'x' }) }, '/a'],
      ['an array with a property named by a symbol', { a: arrayWithSymbol }, '/a'],
    ]),

    '[6] objects that JSON would turn into something else are refused, with a pointer to them': refusing([
      ['a Date', { at: new Date(0) }, '/at'],
      ['a Map', { a: new Map([['b', 1]]) }, '/a'],
      ['a Set', [new Set([1])], '/0'],
      ['a RegExp', { a: /x/ }, '/a'],
      ['an Error', { a: new Error('x') }, '/a'],
      ['a URL', { a: new URL('https://example.org') }, '/a'],
      ['bytes', { a: new Uint8Array(2) }, '/a'],
      ['a boxed text', { a: Object('text') }, '/a'],
      ['an instance of a class', { a: new Money() }, '/a'],
      ['an object with toJSON', { a: { toJSON: () => 'other' } }, '/a/toJSON'],
      ['an object with a hidden toJSON', { a: hiddenToJson }, '/a'],
      ['an array with toJSON', { a: Object.assign([], { toJSON: () => 'other' }) }, '/a'],
    ]),

    '[6] a property named __proto__ is refused, and poisons nothing': async (context) => {
      await refusing([['__proto__', ownProto, '/a/__proto__']])(context)
      const store = await context.open()
      for (const value of ['text', { admin: true }]) {
        const metadata = JSON.parse(JSON.stringify({ x: value }).replace('x', '__proto__'))
        const call = store.append('account-1', [{ type: 'Said', data: null, metadata }])
        await rejectsWith(call, 'not-json', { pointer: '/0/metadata/__proto__' })
      }
      if (Reflect.has({}, 'admin')) throw new Error('Object.prototype was changed')
    },

    '[6] nesting to depth 513 is refused, with a pointer to it': async ({ open }) => {
      const store = await open()
      const values = [nested(513, (inner) => [inner]), nested(513, (inner) => ({ 0: inner }))]
      for (const data of values) {
        const pointer = `/0/data${'/0'.repeat(512)}`
        await rejectsWith(store.append('account-1', [{ type: 'Said', data }]), 'not-json', { pointer })
      }
      const metadata = { 0: nested(512, (inner) => [inner]) as never }
      const call = store.append('account-1', [{ type: 'Said', data: null, metadata }])
      await rejectsWith(call, 'not-json', { pointer: `/0/metadata${'/0'.repeat(512)}` })
      await checkEmpty(store)
    },

    '[6] a value that contains itself is refused': async ({ open }) => {
      const store = await open()
      const object: Record<string, unknown> = { a: 1 }
      object['self'] = object
      const array: unknown[] = []
      array.push({ array })
      for (const data of [object, array]) {
        const error = await rejectsWith(store.append('account-1', [{ type: 'Said', data }]), 'not-json')
        if (!String(Reflect.get(error, 'pointer')).startsWith('/0/data/')) throw error
      }
      await checkEmpty(store)
    },

    '[6] a pointer escapes the slash and the tilde of keys': refusing([
      ['slash and tilde', { 'a/b': { 'c~d': { '~1': Number.NaN } } }, '/a~1b/c~0d/~01'],
      ['an empty key', { '': Number.NaN }, '/'],
    ]),
  },
}
