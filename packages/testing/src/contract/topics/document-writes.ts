import assert from 'node:assert/strict'
import { DocumentCollection } from '../document-collection.ts'
import { range } from '../facts.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

export const documentWrites: Topic = {
  name: 'document writes',
  cases: {
    '[1] a write stores all its documents, also many of them': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      const keys = range(1, 2_000).map((number) => `${number}`)
      const puts = keys.map((key) => ({ key, data: key, fields: { owner: key, open: 'yes', cents: '0' } }))
      await accounts.putAll(puts)
      assert.deepEqual(await accounts.getAll(keys), keys)
      assert.equal(
        await accounts.count([{ field: 'open', from: 'yes', to: 'yes' }, { field: 'cents' }]),
        2_000,
      )
      await accounts.putAll(keys.map((key) => ({ key, data: undefined, fields: {}, expected: key })))
      assert.equal(await accounts.count(), 0)
    },

    '[1] a write of which one document is not as expected stores nothing': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.putAll(['a', 'b', 'c'].map((key) => ({ key, data: 'old', fields: { state: 'old' } })))
      const change = { data: 'new', fields: { state: 'new' } }
      const calls = [
        [
          { key: 'a', ...change },
          { key: 'd', ...change },
          { key: 'b', ...change, expected: 'older' },
        ],
        [
          { key: 'a', ...change, expected: null },
          { key: 'd', ...change },
        ],
        [
          { key: 'd', ...change },
          { key: 'a', ...change, data: undefined },
          { key: 'e', ...change, expected: '' },
        ],
        [
          { key: 'c', ...change, data: undefined, expected: 'old' },
          { key: 'b', data: undefined, expected: null },
        ],
      ]
      for (const puts of calls) {
        await rejectsWith(accounts.putAll(puts), 'document-conflict', {
          name: 'DocumentConflictError',
          collection: 'accounts',
          retryable: true,
        })
        assert.deepEqual(await accounts.getAll(['a', 'b', 'c', 'd', 'e']), [
          'old',
          'old',
          'old',
          undefined,
          undefined,
        ])
        assert.deepEqual(await accounts.count([{ field: 'state', from: 'old', to: 'old' }]), 3)
      }
    },

    '[1] a write that does not wait for the disk is all or nothing too, and read at once': async ({
      open,
    }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      const unsynced = { durable: false }
      await accounts.put('a', '1', { expected: null }, undefined, unsynced)
      const many = [
        { key: 'a', data: '2', expected: '1' },
        { key: 'b', data: '2', fields: { state: 'new' } },
        { key: 'c', data: '2', expected: null },
      ]
      await accounts.putAll(many, undefined, unsynced)
      assert.deepEqual(await accounts.getAll(['a', 'b', 'c']), ['2', '2', '2'])
      for (const stale of [many, many.slice(0, 2), many.slice(1)]) {
        const puts = stale.map((put) => ({ ...put, data: '3', fields: { state: 'newer' } }))
        await rejectsWith(accounts.putAll(puts, undefined, unsynced), 'document-conflict')
      }
      assert.deepEqual(await accounts.getAll(['a', 'b', 'c']), ['2', '2', '2'])
      assert.equal(await accounts.count([{ field: 'state', from: 'newer' }]), 0)
      await accounts.put('b', undefined, {}, undefined, unsynced)
      assert.deepEqual(await accounts.keys(), ['a', 'c'])
    },

    '[2] a write says of the first document that is not as expected which one it is': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.put('b', 'old')
      const [z, b, a] = [
        { key: 'z', data: 'new' },
        { key: 'b', data: 'new', expected: 'older' },
        { key: 'a', data: 'new', expected: 'old' },
      ] as const
      await rejectsWith(accounts.putAll([z, b, a]), 'document-conflict', { key: 'b' })
      await rejectsWith(accounts.putAll([a, z, b]), 'document-conflict', { key: 'a' })
      await rejectsWith(accounts.putAll([z, { ...b, expected: 'old' }, a]), 'document-conflict', { key: 'a' })
    },

    '[2] a write is stored if every document is as expected': async ({ open }) => {
      const accounts = new DocumentCollection(await open())
      await accounts.putAll([
        { key: 'a', data: '1', expected: null },
        { key: 'b', data: '1', expected: null },
        { key: 'c', data: undefined, expected: null },
      ])
      await accounts.putAll([
        { key: 'a', data: '2', expected: '1' },
        { key: 'b', data: undefined, expected: '1' },
        { key: 'c', data: '2' },
      ])
      assert.deepEqual(await accounts.getAll(['a', 'b', 'c']), ['2', undefined, '2'])
      await rejectsWith(accounts.put('b', '3', { expected: '1' }), 'document-conflict', { key: 'b' })
      await accounts.put('b', '3', { expected: null })
      await accounts.put('a', '2', { expected: '2' })
      assert.deepEqual(await accounts.getAll(['a', 'b']), ['2', '3'])
    },
  },
}
