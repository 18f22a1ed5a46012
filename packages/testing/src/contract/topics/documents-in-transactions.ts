import assert from 'node:assert/strict'
import { equals } from '../account-documents.ts'
import { DocumentCollection } from '../document-collection.ts'
import { deposited } from '../facts.ts'
import { placesOf } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { checkRefused } from '../transaction-uses.ts'

const ofAda = { where: [equals('owner', 'ada')], orderBy: 'owner' }

export const documentsInTransactions: Topic = {
  name: 'documents in transactions',
  cases: {
    '[10] documents and events of a transaction are stored together': async ({ open }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await store.transaction(async (transaction) => {
        await accounts.put('checkpoint', '1', { expected: null }, transaction)
        await store.append('account-1', [deposited(1)], { transaction })
        await accounts.put('1', '{"cents":1}', { fields: { owner: 'ada' } }, transaction)
      })
      assert.deepEqual(await accounts.getAll(['checkpoint', '1']), ['1', '{"cents":1}'])
      assert.deepEqual(await accounts.keys(ofAda), ['1'])
      assert.deepEqual(placesOf((await store.readLog()).events), ['account-1@1'])
    },

    '[10] a transaction that is rolled back changes neither documents nor events': async ({ open }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      const other = new DocumentCollection(store, 'orders')
      await accounts.putAll(['1', '2'].map((key) => ({ key, data: 'old', fields: { owner: 'ada' } })))
      await other.put('1', 'old', { fields: { owner: 'ada' } })
      const error = new Error('as planned')
      const call = store.transaction(async (transaction) => {
        await accounts.put('1', 'new', { fields: { owner: 'bob' } }, transaction)
        await accounts.put('2', undefined, { fields: {} }, transaction)
        await accounts.put('3', 'new', { fields: { owner: 'ada' } }, transaction)
        await other.clear(transaction)
        await store.append('account-1', [deposited(1)], { transaction })
        throw error
      })
      await assert.rejects(call, (reason) => reason === error)
      assert.deepEqual(await accounts.getAll(['1', '2', '3']), ['old', 'old', undefined])
      assert.deepEqual(await accounts.keys(ofAda), ['1', '2'])
      assert.deepEqual(await accounts.keys({ orderBy: 'owner' }), ['1', '2'])
      assert.deepEqual([await other.get('1'), await other.keys(ofAda)], ['old', ['1']])
      assert.deepEqual((await store.readLog()).events, [])
      await accounts.put('3', 'later', { expected: null })
    },

    '[10] a conflict of documents rolls back the events of the transaction': async ({ open }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await accounts.put('checkpoint', '2')
      const call = store.transaction(async (transaction) => {
        await store.append('account-1', [deposited(1)], { transaction })
        await accounts.put('1', 'new', {}, transaction)
        await accounts.put('checkpoint', '2', { expected: '1' }, transaction)
      })
      await rejectsWith(call, 'document-conflict', { collection: 'accounts', key: 'checkpoint' })
      assert.deepEqual((await store.readLog()).events, [])
      assert.deepEqual(await accounts.getAll(['checkpoint', '1']), ['2', undefined])
    },

    '[10] a conflict of events rolls back the documents of the transaction': async ({ open }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      const call = store.transaction(async (transaction) => {
        await accounts.put('1', 'new', { fields: { owner: 'ada' } }, transaction)
        await store.append('account-1', [deposited(1)], { transaction, expected: 7 })
      })
      await rejectsWith(call, 'concurrency', { actual: 0 })
      assert.deepEqual(await accounts.find(), [])
      assert.equal(await accounts.count([{ field: 'owner' }]), 0)
    },

    '[10] nobody else sees the documents of a transaction before it commits': async ({ open, begin }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await accounts.putAll(['1', '2'].map((key) => ({ key, data: 'old', fields: { owner: 'ada' } })))
      const before = await accounts.find(ofAda)
      const { transaction, commit } = await begin(store)
      await accounts.put('1', 'new', { fields: { owner: 'bob' } }, transaction)
      await accounts.put('2', undefined, { fields: {} }, transaction)
      await accounts.put('3', 'new', { fields: { owner: 'ada' } }, transaction)
      assert.deepEqual(await accounts.getAll(['1', '2', '3']), ['old', 'old', undefined])
      assert.deepEqual(await accounts.find(ofAda), before)
      assert.deepEqual([await accounts.count(), await accounts.count(ofAda.where)], [2, 2])
      await commit()
      assert.deepEqual(await accounts.getAll(['1', '2', '3']), ['new', undefined, 'new'])
      assert.deepEqual(await accounts.keys(ofAda), ['3'])
    },

    '[10] no other instance sees the documents of a transaction before it commits': async ({
      openTwo,
      begin,
    }) => {
      const [store, other] = await openTwo()
      const { transaction, commit } = await begin(store)
      await new DocumentCollection(store).put('1', 'new', { fields: { owner: 'ada' } }, transaction)
      const theirs = new DocumentCollection(other)
      assert.deepEqual(
        [await theirs.get('1'), await theirs.count(), await theirs.keys(ofAda)],
        [undefined, 0, []],
      )
      await commit()
      assert.deepEqual(
        [await theirs.get('1'), await theirs.count(), await theirs.keys(ofAda)],
        ['new', 1, ['1']],
      )
    },

    '[10] a transaction reads, finds and counts what it has written': async ({ open, begin }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await accounts.putAll(
        ['a', 'c', 'e', 'g'].map((key) => ({ key, data: 'old', fields: { owner: 'ada', cents: key } })),
      )
      const { transaction, commit } = await begin(store)
      await accounts.put('c', 'new', { fields: { owner: 'bob' } }, transaction)
      await accounts.put('d', 'new', { fields: { owner: 'ada', cents: '0' } }, transaction)
      await accounts.put('e', undefined, { fields: {} }, transaction)
      const read = accounts.getAll(['a', 'c', 'd', 'e'], { transaction, lock: true })
      assert.deepEqual(await read, ['old', 'new', 'new', undefined])
      const keys = (query: Parameters<typeof accounts.keys>[0]) => accounts.keys(query, transaction)
      assert.deepEqual(await keys({}), ['a', 'c', 'd', 'g'])
      assert.deepEqual(await keys(ofAda), ['a', 'd', 'g'])
      assert.deepEqual(await keys({ orderBy: 'cents' }), ['d', 'a', 'g'])
      assert.deepEqual(await keys({ orderBy: 'cents', backwards: true, limit: 2 }), ['g', 'a'])
      assert.deepEqual(await keys({ orderBy: 'cents', after: { key: 'd', value: '0' }, limit: 1 }), ['a'])
      assert.deepEqual(await keys({ after: { key: 'a' }, limit: 2 }), ['c', 'd'])
      const counts = [accounts.count([], transaction), accounts.count(ofAda.where, transaction)]
      assert.deepEqual(await Promise.all(counts), [4, 3])
      await accounts.put('c', 'newer', { expected: 'new', fields: {} }, transaction)
      await accounts.put('e', 'again', { expected: null }, transaction)
      assert.deepEqual(await keys(ofAda), ['a', 'd', 'g'])
      assert.equal(await accounts.count([{ field: 'owner' }], transaction), 3)
      await commit()
      assert.deepEqual(await accounts.getAll(['c', 'd', 'e']), ['newer', 'new', 'again'])
      assert.deepEqual(await accounts.keys(ofAda), ['a', 'd', 'g'])
    },

    '[10] a transaction that clears a collection sees it empty, and may fill it again': async ({
      open,
      begin,
    }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      await accounts.putAll(['1', '2'].map((key) => ({ key, data: 'old', fields: { owner: 'ada' } })))
      const { transaction, commit } = await begin(store)
      await accounts.put('3', 'old', { fields: { owner: 'ada' } }, transaction)
      await accounts.clear(transaction)
      assert.deepEqual(await accounts.find({}, transaction), [])
      assert.equal(await accounts.count([], transaction), 0)
      await accounts.put('2', 'new', { expected: null, fields: { owner: 'ada' } }, transaction)
      assert.deepEqual(await accounts.keys(ofAda, transaction), ['2'])
      assert.deepEqual(await accounts.keys(ofAda), ['1', '2'])
      await commit()
      assert.deepEqual(await accounts.getAll(['1', '2', '3']), [undefined, 'new', undefined])
      assert.deepEqual(await accounts.keys(ofAda), ['2'])
    },

    '[1] a transaction that has ended is refused for documents, however it ended': async ({
      open,
      begin,
    }) => {
      const store = await open()
      const accounts = new DocumentCollection(store)
      const committed = await begin(store)
      await accounts.put('1', 'data', {}, committed.transaction)
      await committed.commit()
      const rolledBack = await begin(store)
      await accounts.put('1', 'more', {}, rolledBack.transaction)
      await rolledBack.rollback()
      for (const { transaction } of [committed, rolledBack]) await checkRefused(store, transaction)
      assert.equal(await accounts.get('1'), 'data')
    },
  },
}
