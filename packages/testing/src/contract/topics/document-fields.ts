import assert from 'node:assert/strict'
import { equals, fillAccounts } from '../account-documents.ts'
import { DocumentCollection } from '../document-collection.ts'
import { hostileNames } from '../hostile-names.ts'
import type { Topic } from '../topic.ts'

export const documentFields: Topic = {
  name: 'document fields',
  cases: {
    '[6] documents are found by the value of a field, in the order of keys': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      const found = await accounts.find({ where: [equals('owner', 'ada')] })
      assert.deepEqual(
        found.map(({ key, data }) => [key, data]),
        [
          ['b', 'b!'],
          ['c', 'c!'],
          ['e', 'e!'],
        ],
      )
      for (const { value } of found) assert.equal(value, undefined)
      for (const where of [equals('owner', 'ad'), equals('owner', 'ADA'), equals('cents', 'ada')]) {
        assert.deepEqual(await accounts.find({ where: [where] }), [])
      }
    },

    '[6] both ends of a range are inclusive, and one that is missing is open': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      const keys = (from?: string, to?: string) => {
        const ends = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
        return accounts.keys({ where: [{ field: 'cents', ...ends }] })
      }
      assert.deepEqual(await keys('200', '300'), ['a', 'b', 'e'])
      assert.deepEqual(await keys('200'), ['a', 'b', 'e'])
      assert.deepEqual(await keys('2001', '3'), [])
      assert.deepEqual(await keys('2', '3'), ['a', 'e'])
      assert.deepEqual(await keys(undefined, '200'), ['a', 'c', 'd', 'e'])
      assert.deepEqual(await keys(undefined, '1'), [])
      assert.deepEqual(await keys('301'), [])
      assert.deepEqual(await keys('300', '200'), [])
    },

    '[6] a document that is removed takes the values of its fields along': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      for (const key of ['b', 'c']) await accounts.put(key, undefined)
      assert.deepEqual(await accounts.keys({ where: [equals('owner', 'ada')] }), ['e'])
      assert.equal(await accounts.count([equals('owner', 'ada')]), 1)
      await accounts.put('b', 'again')
      assert.deepEqual(await accounts.keys({ where: [equals('owner', 'ada')] }), ['e'])
    },

    '[6] a document without the field lies outside every range': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      await accounts.put('g', 'g!', { fields: { owner: '' } })
      assert.deepEqual(await accounts.keys({ where: [{ field: 'owner' }] }), ['a', 'b', 'c', 'd', 'e', 'g'])
      assert.deepEqual(await accounts.keys({ where: [{ field: 'cents', from: '' }] }), [
        'a',
        'b',
        'c',
        'd',
        'e',
      ])
      assert.deepEqual(await accounts.keys({ where: [{ field: 'owner', to: '' }] }), ['g'])
      assert.deepEqual(await accounts.keys({ where: [{ field: 'unknown' }] }), [])
      assert.deepEqual(await accounts.keys(), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    },

    '[6] documents that are found lie within every range': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await fillAccounts(accounts)
      const ada = equals('owner', 'ada')
      const keys = (...where: Parameters<typeof accounts.count>[0] & object) => accounts.keys({ where })
      assert.deepEqual(await keys(ada, { field: 'cents', from: '200' }), ['b', 'e'])
      assert.deepEqual(await keys({ field: 'cents', from: '200' }, { field: 'cents', to: '200' }), ['a', 'e'])
      assert.deepEqual(await keys(ada, equals('owner', 'bob')), [])
      assert.deepEqual(await keys(ada, { field: 'cents', to: '200' }, { field: 'owner' }), ['c', 'e'])
      assert.deepEqual(await keys(ada, { field: 'unknown' }), [])
    },

    '[6] a document is found by the fields of its last write only': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.put('1', 'first', { fields: { owner: 'ada', city: 'London' } })
      await accounts.put('1', 'second', { fields: { owner: 'bob', state: 'open' } })
      assert.deepEqual(await accounts.keys({ where: [equals('owner', 'ada')] }), [])
      assert.deepEqual(await accounts.keys({ where: [{ field: 'city' }] }), [])
      assert.deepEqual(await accounts.keys({ orderBy: 'city' }), [])
      assert.deepEqual(await accounts.find({ orderBy: 'owner' }), [
        { key: '1', data: 'second', value: 'bob' },
      ])
      assert.deepEqual(await accounts.keys({ where: [equals('state', 'open')] }), ['1'])
      await accounts.put('1', 'third', { fields: {} })
      assert.deepEqual(await accounts.keys({ orderBy: 'owner' }), [])
      assert.equal(await accounts.count([{ field: 'state' }]), 0)
      assert.deepEqual(await accounts.keys(), ['1'])
      await accounts.put('1', 'fourth', { fields: { owner: 'eve' } })
      await accounts.put('1', undefined, { fields: {} })
      assert.deepEqual(await accounts.keys({ where: [{ field: 'owner' }] }), [])
      await accounts.put('1', 'fifth')
      assert.deepEqual(await accounts.keys({ orderBy: 'owner' }), [])
    },

    '[6] as many documents are counted as are found': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      assert.equal(await accounts.count(), 0)
      await fillAccounts(accounts)
      const counts = [
        await accounts.count(),
        await accounts.count([equals('owner', 'ada')]),
        await accounts.count([{ field: 'owner' }]),
        await accounts.count([equals('owner', 'ada'), { field: 'cents', from: '200', to: '300' }]),
        await accounts.count([equals('owner', 'eve')]),
      ]
      assert.deepEqual(counts, [6, 3, 5, 2, 0])
    },

    '[6] fields and values are told apart byte by byte': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      const others = hostileNames.toReversed()
      const puts = hostileNames.map((name, index) => {
        // An object literal of its own, so that `__proto__` is a field like others.
        const fields = Object.fromEntries([[name, others[index] as string]])
        return { key: `${index}`, data: 'data', fields }
      })
      await accounts.putAll(puts)
      for (const [index, name] of hostileNames.entries()) {
        const value = others[index] as string
        assert.deepEqual(await accounts.find({ where: [equals(name, value)], orderBy: name }), [
          { key: `${index}`, data: 'data', value },
        ])
        assert.equal(await accounts.count([{ field: name }]), 1, name)
      }
    },
  },
}
