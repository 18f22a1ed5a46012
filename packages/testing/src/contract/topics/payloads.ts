import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import { collect } from '../read-all.ts'
import type { ContractCase, Topic } from '../topic.ts'

const hostileText = [
  '',
  ' ',
  ' leading and trailing ',
  'äöü ñ ß İ ı',
  '\u00e9 and e\u0301',
  '日本語 עברית العربية',
  '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 𝒳',
  '\u2028 \u2029 \ufeff \u200b \u202e',
  '\uffff \ufffe \ufffd',
  '\u0001\u0007\b\t\n\v\f\r\u001b\u007f\u0080',
  '"quoted" \'single\' `back` \\ \\\\ \\u0000 \\n /',
  "'; DROP TABLE events; --",
  '$1 ? :name @p %s {} [] {"a":1}',
  '<img src=x onerror=alert(1)> &amp;',
  'null',
  '2026-01-01T00:00:00.000Z',
  '1e400',
  '0'.repeat(5000),
]

const extremeNumbers = [
  0,
  1,
  -1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
  0.1,
  0.1 + 0.2,
  1 / 3,
  1e21,
  1e-7,
  123456789.12345679,
  4.35,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  2 ** 64,
]

/** Each value is stored in an event of its own and comes back the same, by every way of reading. */
function roundTrip(values: readonly unknown[]): ContractCase {
  return async ({ open }) => {
    const store = await open()
    await store.append(
      'account-1',
      values.map((data) => ({ type: 'Said', data, metadata: { said: data as never } })),
    )
    await checkRead(store, values)
  }
}

async function checkRead(store: EventStore, values: readonly unknown[]): Promise<void> {
  const ways = {
    readStream: await store.readStream('account-1'),
    readLog: (await store.readLog()).events,
    readStreamInBatches: (await collect(store.readStreamInBatches('account-1', { batchSize: 3 }))).flat(),
    transaction: await store.transaction((transaction) => store.readStream('account-1', { transaction })),
  }
  for (const [way, events] of Object.entries(ways)) {
    assert.equal(events.length, values.length, way)
    for (const [index, { data, metadata }] of events.entries()) {
      const value = values[index]
      assert.deepEqual(data, value, `data by ${way}`)
      // Text shows the order of keys and the sign of zero, which deepEqual does not.
      assert.equal(JSON.stringify(data), JSON.stringify(value), `data by ${way}`)
      assert.equal(JSON.stringify(metadata), JSON.stringify({ said: value }), `metadata by ${way}`)
    }
  }
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = wrap(undefined)
  for (let level = 1; level < depth; level++) value = wrap(value)
  return value
}

const arrays = (inner: unknown) => (inner === undefined ? [] : [inner])
const objects = (inner: unknown) => (inner === undefined ? {} : { a: inner })

export const payloads: Topic = {
  name: 'payloads',
  cases: {
    '[6] text of every kind comes back as it was': roundTrip(hostileText),
    '[6] text of every kind comes back as it was, as the name of a key': roundTrip([
      Object.fromEntries(hostileText.map((text, index) => [text, index])),
    ]),
    '[6] numbers come back to the last bit': roundTrip([...extremeNumbers, extremeNumbers]),
    '[6] anything that JSON knows may be the data of an event': roundTrip([
      null,
      true,
      false,
      '',
      'text',
      [],
      {},
      [null],
      [[[]], {}],
      { a: null, b: [], c: {}, d: '' },
    ]),
    '[6] the order of keys is kept': roundTrip([
      { b: 1, a: 2 },
      { z: { y: 1, x: 2 }, a: [{ d: 1, c: 2 }] },
      { b: 1, 10: 2, 9: 3, a: 4, '01': 5 },
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${(index * 7919) % 300}`, index])),
    ]),
    '[6] keys with a meaning in JavaScript or in databases are kept': roundTrip([
      { constructor: 1, prototype: 2, hasOwnProperty: 3, toString: 4, valueOf: 5, length: 6 },
      { toJSON: 'text' },
      { $ref: 1, $type: 2, 'a.b': 3, 'a/b': 4, 'a~b': 5, '*': 6, '': 7 },
    ]),

    '[6] nesting to depth 512 comes back whole': async ({ open }) => {
      const store = await open()
      const values = [nested(512, arrays), nested(512, objects)]
      await store.append(
        'account-1',
        values.map((data) => ({ type: 'Said', data })),
      )
      const events = await store.readStream('account-1')
      assert.deepEqual(
        events.map(({ data }) => JSON.stringify(data)),
        values.map((value) => JSON.stringify(value)),
      )
      const page = await store.readLog()
      assert.deepEqual(
        page.events.map(({ data }) => JSON.stringify(data)),
        values.map((value) => JSON.stringify(value)),
      )
    },

    '[6] an event as large as permitted comes back whole': async ({ open }) => {
      const store = await open()
      // 9 bytes each, and the quotes around it: 1 MiB in all.
      const text = `${'é€😀'.repeat(116_508)}xx`
      const metadata = { note: 'x'.repeat(1_048_576 - '{"note":""}'.length) }
      await store.append('account-1', [{ type: 'Said', data: text, metadata }])
      const [event] = await store.readStream('account-1')
      assert.ok(event?.data === text, 'data')
      assert.ok(event?.metadata['note'] === metadata.note, 'metadata')
    },

    '[6] metadata comes back as it was': async ({ open }) => {
      const store = await open()
      const metadata = {
        z: hostileText,
        correlationId: 'é',
        a: extremeNumbers,
        nothing: null,
        b: { y: 1, x: [] },
      }
      await store.append('account-1', [{ type: 'Said', data: null, metadata }])
      const [event] = await store.readStream('account-1')
      assert.deepEqual(event?.metadata, metadata)
      assert.equal(JSON.stringify(event?.metadata), JSON.stringify(metadata))
    },

    '[6] what was read may be appended again and comes back the same': async ({ open }) => {
      const store = await open()
      const data = { text: hostileText, numbers: extremeNumbers }
      await store.append('account-1', [{ type: 'Said', data }])
      const [event] = await store.readStream('account-1')
      await store.append('account-2', [{ type: 'Said', data: event?.data, metadata: event?.metadata ?? {} }])
      const [copy] = await store.readStream('account-2')
      assert.equal(JSON.stringify(copy?.data), JSON.stringify(data))
    },

    '[7] everything comes back from a store that was opened again': async ({ open, reopen }) => {
      const store = await open()
      const values = [...hostileText, ...extremeNumbers, { b: 1, a: [{ d: null, c: 2 }] }]
      await store.append(
        'account-1',
        values.map((data) => ({ type: 'Said', data, metadata: { said: data as never } })),
      )
      await checkRead(await reopen(store), values)
    },
  },
}
