import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import type { CaseContext } from '../case-context.ts'
import { DocumentCollection } from '../document-collection.ts'
import { range } from '../facts.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause, unheard } from '../wait-until.ts'

/** Two transactions move the same checkpoint; the first is held open until the second has tried. */
async function overlap(
  [store, other]: readonly [EventStore, EventStore],
  { begin }: CaseContext,
  end: 'commit' | 'rollback',
): Promise<void> {
  const [mine, theirs] = [new DocumentCollection(store), new DocumentCollection(other)]
  for (const expected of ['10', null]) {
    const key = `checkpoint after ${expected}`
    if (expected !== null) await mine.put(key, expected)
    const first = await begin(store)
    await mine.put(key, '20', { expected }, first.transaction)
    await mine.put(`applied after ${expected}`, 'by the first', {}, first.transaction)
    let settled = false
    const apply = async (transaction: unknown) => {
      await theirs.put(key, '20', { expected }, transaction)
      await theirs.put(`applied after ${expected}`, 'by the second', {}, transaction)
    }
    const second = unheard(other.transaction(apply).finally(() => (settled = true)))
    await pause(30)
    assert.equal(settled, false, 'the second transaction did not wait for the first')
    await first[end]()
    if (end === 'commit') await rejectsWith(second, 'document-conflict', { collection: 'accounts', key })
    else await second
    const applied = await mine.getAll([key, `applied after ${expected}`])
    assert.deepEqual(applied, ['20', end === 'commit' ? 'by the first' : 'by the second'])
  }
}

/** Transactions add one to all of three documents, which some lock in the opposite order: no addition is lost. */
async function addTogether(stores: readonly EventStore[]): Promise<void> {
  const keys = ['a', 'b', 'c']
  const [first] = stores as [EventStore]
  await new DocumentCollection(first).putAll(keys.map((key) => ({ key, data: '0' })))
  const calls = range(1, 20).map((number) => {
    const store = stores[number % stores.length] as EventStore
    const accounts = new DocumentCollection(store)
    const order = number % 3 === 0 ? keys.toReversed() : keys
    return store.transaction(async (transaction) => {
      const found = await accounts.getAll(order, { transaction, lock: true })
      await pause()
      const puts = order.map((key, index) => ({ key, data: `${Number(found[index]) + 1}` }))
      await accounts.putAll(puts, transaction)
    })
  })
  await Promise.all(calls)
  assert.deepEqual(await new DocumentCollection(first).getAll(keys), ['20', '20', '20'])
}

/** A transaction holds a document; who writes it, or locks it too, goes on when the transaction has ended. */
async function waitForLock(store: EventStore, other: EventStore): Promise<void> {
  const accounts = new DocumentCollection(other)
  await accounts.put('1', 'old')
  const end = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const first = store.transaction(async (transaction) => {
    const mine = new DocumentCollection(store)
    assert.equal(await mine.get('1', { transaction, lock: true }), 'old')
    locked.resolve()
    await end.promise
    await mine.put('1', 'from the first', { expected: 'old' }, transaction)
  })
  await Promise.race([locked.promise, first])
  let went = 0
  const onward = () => {
    went++
  }
  const writing = unheard(accounts.put('1', 'from a writer').then(onward))
  const reading = unheard(
    other.transaction((transaction) => accounts.get('1', { transaction, lock: true })).finally(onward),
  )
  await pause(30)
  assert.equal(went, 0, 'a document was taken from the transaction that had locked it')
  assert.equal(await accounts.get('1'), 'old', 'a reader without a lock')
  end.resolve()
  await first
  await writing
  assert.notEqual(await reading, 'old')
  assert.equal(await accounts.get('1'), 'from a writer')
}

export const overlappingTransactions: Topic = {
  name: 'overlapping transactions',
  cases: {
    '[10] of overlapping transactions that expect the same text the second waits, and conflicts': async (
      context,
    ) => {
      const store = await context.open()
      await overlap([store, store], context, 'commit')
    },

    '[10] of overlapping transactions of two instances that expect the same text the second waits, and conflicts':
      async (context) => {
        await overlap(await context.openTwo(), context, 'commit')
      },

    '[10] a transaction that waits for one that is rolled back finds what was there before': async (
      context,
    ) => {
      const store = await context.open()
      await overlap([store, store], context, 'rollback')
    },

    '[10] a transaction that waits for one of another instance that is rolled back finds what was there before':
      async (context) => {
        await overlap(await context.openTwo(), context, 'rollback')
      },

    '[2] nobody writes or locks a document that a transaction has locked before that ends': async ({
      open,
    }) => {
      const store = await open()
      await waitForLock(store, store)
    },

    '[2] no other instance writes or locks a document that a transaction has locked before that ends':
      async ({ openTwo }) => {
        await waitForLock(...(await openTwo()))
      },

    '[2] no update is lost by transactions that lock what they read, in whatever order': async ({ open }) => {
      await addTogether([await open()])
    },

    '[2] no update is lost by transactions of two instances that lock what they read, in whatever order':
      async ({ openTwo }) => {
        await addTogether(await openTwo())
      },
  },
}
