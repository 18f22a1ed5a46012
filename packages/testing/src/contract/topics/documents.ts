import assert from 'node:assert/strict'
import { DocumentCollection, documentsOf } from '../document-collection.ts'
import { range } from '../facts.ts'
import { hostileNames } from '../hostile-names.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { readDuring } from '../wait-until.ts'

/** Whoever takes one of these for a number, for JSON or for something to trim gives back another text. */
const texts = [
  '',
  ' ',
  ' {"b": 1.0,\n "a" : 1e2, "b": 12345678901234567890 } ',
  'null',
  '0',
  '007',
  '"quoted"',
  '\\ \\\\ \\u0000 \\n',
  "'; DROP TABLE documents; --",
  '\t\r\n\u2028\u00a0',
  '\u00e9 e\u0301 \ufb01 \u1e9b\u0323 \u212b',
  '\ufeff',
  '😀👩‍👩‍👧',
]

export const documents: Topic = {
  name: 'documents',
  cases: {
    '[6] a document is read as it was written, replaced and removed': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      assert.equal(await accounts.get('1'), undefined)
      await accounts.put('1', '{"cents":1}')
      assert.equal(await accounts.get('1'), '{"cents":1}')
      await accounts.put('1', '{"cents":2}')
      assert.equal(await accounts.get('1'), '{"cents":2}')
      await accounts.put('1', undefined)
      assert.equal(await accounts.get('1'), undefined)
      await accounts.put('1', undefined)
      await accounts.put('1', '{"cents":3}')
      assert.equal(await accounts.get('1'), '{"cents":3}')
    },

    '[6] documents are read in the order asked for, each as often as asked for': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.putAll(['a', 'b', 'c'].map((key) => ({ key, data: `data of ${key}` })))
      assert.deepEqual(await accounts.getAll(['c', 'missing', 'a', 'c', 'b']), [
        'data of c',
        undefined,
        'data of a',
        'data of c',
        'data of b',
      ])
    },

    '[6] documents of several collections are read and written in one call': async ({ open }) => {
      const store = await open()
      const adapter = documentsOf(store)
      const references = ['orders', 'accounts', 'customers'].map((collection) => ({ collection, key: '1' }))
      await adapter.write(references.map((reference) => ({ ...reference, data: reference.collection })))
      assert.deepEqual(await adapter.read(references), ['orders', 'accounts', 'customers'])
    },

    '[6] the text of a document is kept exactly': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.putAll(texts.map((data, index) => ({ key: `${index}`, data })))
      assert.deepEqual(await accounts.getAll(texts.map((_, index) => `${index}`)), texts)
      const found = await accounts.find()
      assert.deepEqual(new Set(found.map(({ data }) => data)), new Set(texts))
      // Also when it is compared with what is expected.
      for (const [index, data] of texts.entries()) {
        const stale = accounts.put(`${index}`, 'stale', { expected: `${data} ` })
        await rejectsWith(stale, 'document-conflict', { key: `${index}` }, JSON.stringify(data))
        await accounts.put(`${index}`, 'new', { expected: data })
      }
    },

    '[6] a text of a megabyte is kept exactly': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      const data = JSON.stringify(range(1, 60_000).map((number) => `€😀${number}`))
      await accounts.put('1', data)
      assert.ok((await accounts.get('1')) === data, 'the text is another one')
      await accounts.put('1', 'small', { expected: data })
      assert.equal(await accounts.get('1'), 'small')
    },

    '[6] keys and collections are told apart byte by byte': async ({ open }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      for (const [index, key] of hostileNames.entries()) {
        await accounts.put(key, `${index}`, { expected: null })
        const other = new DocumentCollection(store, key)
        await other.put('1', `${index}`, { expected: null })
      }
      const indexes = hostileNames.map((_, index) => `${index}`)
      assert.deepEqual(await accounts.getAll(hostileNames), indexes)
      assert.deepEqual(new Set(await accounts.keys()), new Set(hostileNames))
      for (const [index, name] of hostileNames.entries()) {
        const found = await new DocumentCollection(store, name).find()
        assert.deepEqual(found, [{ key: '1', data: `${index}`, value: undefined }])
      }
    },

    '[6] collections are kept apart': async ({ open }) => {
      const store = await open()
      const [accounts, orders] = [new DocumentCollection(store), new DocumentCollection(store, 'orders')]
      await accounts.put('1', 'an account', { fields: { owner: 'ada' } })
      await orders.putAll(['1', '2'].map((key) => ({ key, data: 'an order', fields: { owner: 'ada' } })))
      assert.deepEqual(await accounts.getAll(['1', '2']), ['an account', undefined])
      const where = [{ field: 'owner', from: 'ada', to: 'ada' }]
      assert.deepEqual(await accounts.keys({ where }), ['1'])
      assert.deepEqual(await orders.keys({ where, orderBy: 'owner' }), ['1', '2'])
      assert.deepEqual([await accounts.count(), await orders.count(where)], [1, 2])
      await orders.put('1', undefined, { fields: {} })
      assert.equal(await accounts.get('1'), 'an account')
      assert.equal(await accounts.count(where), 1)
    },

    '[6] a collection that is cleared is empty, and others keep what they have': async ({ open }) => {
      const store = await open()
      const collections = ['accounts', 'account', 'accounts2', 'Accounts'].map(
        (name) => new DocumentCollection(store, name),
      )
      const [accounts, ...others] = collections as [DocumentCollection, ...DocumentCollection[]]
      for (const collection of collections) {
        await collection.putAll(
          ['1', '2'].map((key) => ({ key, data: collection.name, fields: { owner: 'ada' } })),
        )
      }
      await accounts.clear()
      const where = [{ field: 'owner' }]
      assert.deepEqual(await accounts.getAll(['1', '2']), [undefined, undefined])
      assert.deepEqual(await accounts.find({ where, orderBy: 'owner' }), [])
      assert.deepEqual([await accounts.count(), await accounts.count(where)], [0, 0])
      for (const other of others) {
        assert.deepEqual(await other.getAll(['1', '2']), [other.name, other.name])
        assert.equal(await other.count(where), 2)
      }
      await accounts.clear()
      await accounts.put('1', 'again', { expected: null })
      assert.equal(await accounts.count(where), 0)
    },

    '[1] what one call reads was there at one moment': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      const keys = ['a', 'b', 'c']
      const writeOften = async () => {
        for (const number of range(1, 60))
          await accounts.putAll(keys.map((key) => ({ key, data: `${number}` })))
      }
      await readDuring(writeOften(), async () => {
        const found = new Set(await accounts.getAll(keys))
        assert.equal(found.size, 1, `read ${[...found]} together`)
      })
    },

    '[6] calls for no document do nothing': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.putAll([])
      assert.deepEqual(await accounts.getAll([]), [])
      assert.deepEqual(await accounts.find(), [])
      assert.equal(await accounts.count(), 0)
      await accounts.clear()
    },

    '[7] a store that was opened again has every document, as it was': async ({ open, reopen }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await accounts.putAll(
        ['a', 'b', 'c'].map((key) => ({ key, data: texts.join(), fields: { owner: key } })),
      )
      await accounts.put('b', undefined, { fields: {} })
      const again = new DocumentCollection(await reopen(store))
      assert.deepEqual(await again.getAll(['a', 'b', 'c']), [texts.join(), undefined, texts.join()])
      assert.deepEqual(await again.keys({ where: [{ field: 'owner', from: 'b' }] }), ['c'])
    },

    '[7] documents are refused once the store is closed': async ({ open }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await accounts.put('1', 'data')
      await store.close()
      const calls: Record<string, () => Promise<unknown>> = {
        read: () => accounts.get('1'),
        write: () => accounts.put('1', 'more'),
        find: () => accounts.find(),
        count: () => accounts.count(),
        clear: () => accounts.clear(),
      }
      for (const [method, call] of Object.entries(calls)) {
        await rejectsWith(call(), 'store-closed', { name: 'StoreClosedError' }, method)
      }
    },
  },
}
