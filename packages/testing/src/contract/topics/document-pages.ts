import assert from 'node:assert/strict'
import { equals, fillAccounts } from '../account-documents.ts'
import { DocumentCollection } from '../document-collection.ts'
import { range } from '../facts.ts'
import { hostileNames } from '../hostile-names.ts'
import type { Topic } from '../topic.ts'

/** By UTF-8 bytes. By UTF-16 units the last two are the other way round; by the rules of a language more are. */
const inOrder = [
  '',
  ' ',
  '!',
  '0',
  '10',
  '9',
  'B',
  'Z',
  '_',
  'a',
  'a b',
  'aB',
  'aa',
  'ab',
  'z',
  'é',
  'ﾞ',
  '😀',
]

export const documentPages: Topic = {
  name: 'document pages',
  cases: {
    '[6] documents are ordered by the values of a field, then by key, and those without it left out': async ({
      open,
    }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      const found = await accounts.find({ orderBy: 'cents' })
      assert.deepEqual(
        found.map(({ key, data, value }) => [key, data, value]),
        [
          ['c', 'c!', '100'],
          ['d', 'd!', '100'],
          ['a', 'a!', '200'],
          ['e', 'e!', '200'],
          ['b', 'b!', '300'],
        ],
      )
      const query = { orderBy: 'cents', where: [equals('owner', 'ada')] }
      assert.deepEqual(await accounts.keys(query), ['c', 'e', 'b'])
      assert.deepEqual(await accounts.keys({ ...query, where: [{ field: 'cents', from: '200' }] }), [
        'a',
        'e',
        'b',
      ])
      assert.deepEqual(await accounts.keys({ orderBy: 'unknown' }), [])
    },

    '[6] backwards is the same order from its end': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      const queries = [
        {},
        { orderBy: 'cents' },
        { where: [equals('owner', 'ada')] },
        { orderBy: 'cents', where: [{ field: 'cents', to: '200' }] },
        { orderBy: 'owner', where: [equals('cents', '200')] },
      ]
      for (const query of queries) {
        const forwards = await accounts.find(query)
        assert.ok(forwards.length > 1)
        assert.deepEqual(await accounts.find({ ...query, backwards: true }), forwards.toReversed())
      }
    },

    '[6] at most as many documents are found as asked for, from the end asked for': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      assert.deepEqual(await accounts.keys({ limit: 2 }), ['a', 'b'])
      assert.deepEqual(await accounts.keys({ limit: 2, backwards: true }), ['f', 'e'])
      assert.deepEqual(await accounts.keys({ limit: 3, orderBy: 'cents' }), ['c', 'd', 'a'])
      assert.deepEqual(await accounts.keys({ limit: 1, orderBy: 'cents', backwards: true }), ['b'])
      assert.deepEqual(await accounts.keys({ limit: 1, where: [equals('owner', 'bob')], backwards: true }), [
        'd',
      ])
    },

    '[6] pages visit each document once, in order, whatever ends a page': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      const puts = range(0, 19).map((number) => ({
        key: `${hostileNames[number]}`,
        data: `${number}`,
        fields: {
          tie: `${number % 3}`,
          same: 'same',
          ...(number % 4 > 0 && { some: inOrder[number % 7] ?? '' }),
        },
      }))
      await accounts.putAll(puts)
      const queries = [
        {},
        { orderBy: 'tie' },
        { orderBy: 'same' },
        { orderBy: 'some', where: [{ field: 'tie', from: '1' }] },
        { where: [equals('tie', '2')] },
      ]
      for (const query of queries) {
        for (const backwards of [false, true]) {
          const whole = await accounts.keys({ ...query, backwards })
          assert.equal(new Set(whole).size, whole.length)
          for (const limit of [1, 2, 3, 7]) {
            const paged = await accounts.keysByPages({ ...query, backwards, limit })
            assert.deepEqual(paged, whole, JSON.stringify({ ...query, backwards, limit }))
          }
        }
      }
    },

    '[6] a page goes on behind a document that is gone or has moved meanwhile': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      await accounts.put('d', undefined, { fields: {} })
      await accounts.put('a', 'a!', { fields: { cents: '250' } })
      const after = { key: 'd', value: '100' }
      assert.deepEqual(await accounts.keys({ orderBy: 'cents', after }), ['e', 'a', 'b'])
      assert.deepEqual(await accounts.keys({ orderBy: 'cents', after, backwards: true }), ['c'])
      assert.deepEqual(await accounts.keys({ after: { key: 'd' } }), ['e', 'f'])
      assert.deepEqual(await accounts.keys({ after: { key: 'd' }, backwards: true }), ['c', 'b', 'a'])
      assert.deepEqual(await accounts.keys({ after: { key: 'f' } }), [])
    },

    '[6] keys and values are ordered by their UTF-8 bytes': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      const shuffled = inOrder.toSorted((a, b) => a.length - b.length || (a > b ? -1 : 1))
      await accounts.putAll(
        shuffled.map((value, index) => ({ key: `k${value}`, data: `${index}`, fields: { value } })),
      )
      const keys = inOrder.map((value) => `k${value}`)
      assert.deepEqual(await accounts.keys(), keys)
      assert.deepEqual(
        (await accounts.find({ orderBy: 'value' })).map(({ value }) => value),
        inOrder,
      )
      for (const [index, value] of inOrder.entries()) {
        assert.deepEqual(
          await accounts.keys({ where: [{ field: 'value', from: value }] }),
          keys.slice(index),
          value,
        )
        assert.deepEqual(
          await accounts.keys({ where: [{ field: 'value', to: value }] }),
          keys.slice(0, index + 1),
        )
        assert.deepEqual(await accounts.keys({ after: { key: `k${value}` } }), keys.slice(index + 1), value)
      }
    },
  },
}
