import assert from 'node:assert/strict'
import { deposited, deposits, range } from '../facts.ts'
import { checkLog, placesOf, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

export const transactions: Topic = {
  name: 'transactions',
  cases: {
    '[1] a transaction stores all its appends, and gives what its work gives': async ({ open }) => {
      const store = await open()
      const versions = await store.transaction(async (transaction) => {
        const first = await store.append('account-1', deposits(1, 2), { transaction })
        const second = await store.append('account-1', deposits(3, 3), { transaction, expected: 2 })
        const [third] = await store.appendAll([{ stream: 'account-2', events: deposits(1, 1) }], {
          transaction,
        })
        return [first.version, second.version, third?.version]
      })
      assert.deepEqual(versions, [2, 3, 1])
      const log = await readLogByPages(store)
      assert.deepEqual(placesOf(log), ['account-1@1', 'account-1@2', 'account-1@3', 'account-2@1'])
      checkLog(log)
    },

    '[1] a transaction whose work rejects stores nothing, and rejects with the same error': async ({
      open,
    }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 2))
      for (const error of [new Error('no'), 'no', undefined]) {
        const call = store.transaction(async (transaction) => {
          await store.append('account-1', deposits(3, 4), { transaction })
          await store.append('account-2', deposits(1, 1), { transaction })
          throw error
        })
        const [outcome] = await Promise.allSettled([call])
        assert.ok(outcome.status === 'rejected' && outcome.reason === error, 'the error is not the same')
      }
      assert.deepEqual(placesOf(await readLogByPages(store)), ['account-1@1', 'account-1@2'])
      assert.equal(await store.streamInfo('account-2'), undefined)
      await store.append('account-1', deposits(3, 3), { expected: 2 })
      await store.append('account-2', deposits(1, 1), { expected: 'no-stream' })
      checkLog(await readLogByPages(store))
    },

    '[1] a transaction whose work throws at once stores nothing, and rejects with the same error': async ({
      open,
    }) => {
      const store = await open()
      const error = new Error('no')
      const call = store.transaction(() => {
        throw error
      })
      await assert.rejects(call, (reason) => reason === error)
      await store.append('account-1', [deposited(1)])
    },

    '[1] a transaction reads what it has appended, and nobody else does before it commits': async ({
      open,
      begin,
    }) => {
      const store = await open()
      const { position } = await store.append('account-1', deposits(1, 2))
      const { transaction, commit } = await begin(store)
      await store.append('account-1', deposits(3, 4), { transaction })
      await store.append('account-2', deposits(1, 1), { transaction })
      assert.equal((await store.readStream('account-1', { transaction })).length, 4)
      const [last] = await store.readStream('account-1', { transaction, backwards: true, limit: 1 })
      assert.deepEqual(last?.data, { cents: 4 })
      assert.equal((await store.readStream('account-2', { transaction })).length, 1)
      assert.equal((await store.readStream('account-1')).length, 2)
      const [outside] = await store.readStream('account-1', { backwards: true, limit: 1 })
      assert.deepEqual(outside?.data, { cents: 2 })
      assert.deepEqual(await store.readStream('account-2'), [])
      assert.equal((await store.readLog()).events.length, 2)
      assert.equal(await store.head(), position)
      await commit()
      assert.equal((await store.readStream('account-1')).length, 4)
      assert.equal((await store.readLog()).events.length, 5)
    },

    '[1] a transaction of another instance shows nothing before it commits': async ({ openTwo, begin }) => {
      const [store, other] = await openTwo()
      const { transaction, commit } = await begin(store)
      await store.append('account-1', [deposited(1)], { transaction })
      assert.deepEqual(await other.readStream('account-1'), [])
      assert.deepEqual((await other.readLog()).events, [])
      await commit()
      assert.equal((await other.readStream('account-1')).length, 1)
    },

    '[2] a conflict within a transaction leaves it usable': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 2))
      await store.transaction(async (transaction) => {
        await store.append('account-1', deposits(3, 3), { transaction })
        const late = store.append('account-1', deposits(9, 9), { transaction, expected: 2 })
        await rejectsWith(late, 'concurrency', { stream: 'account-1', expected: 2, actual: 3 })
        const appends = [
          { stream: 'account-2', events: deposits(9, 9) },
          { stream: 'account-1', events: deposits(9, 9), expected: 'no-stream' as const },
        ]
        await rejectsWith(store.appendAll(appends, { transaction }), 'concurrency', { actual: 3 })
        await store.append('account-1', deposits(4, 4), { transaction, expected: 3 })
      })
      assert.deepEqual(
        (await store.readStream('account-1')).map(({ data }) => data),
        range(1, 4).map((cents) => ({ cents })),
      )
      assert.equal(await store.streamInfo('account-2'), undefined)
    },

    '[5] an event id that is taken leaves a transaction usable': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      await store.append('account-1', [deposited(1, { id })])
      await store.transaction(async (transaction) => {
        const taken = store.append('account-2', [deposited(2), deposited(1, { id })], { transaction })
        await rejectsWith(taken, 'event-id-conflict', { eventId: id, stream: 'account-1' })
        await store.append('account-2', [deposited(3)], { transaction, expected: 'no-stream' })
      })
      assert.deepEqual(placesOf(await readLogByPages(store)), ['account-1@1', 'account-2@1'])
    },

    '[1] a transaction that does nothing ends like any other': async ({ open }) => {
      const store = await open()
      assert.equal(await store.transaction(async () => 'result'), 'result')
      assert.equal(await store.head(), 0)
      await store.append('account-1', [deposited(1)], { expected: 'no-stream' })
    },

    '[2] transactions one after another, and at once, do not lose each other': async ({ open }) => {
      const store = await open()
      const calls = range(1, 10).map((cents) =>
        store.transaction(async (transaction) => {
          await store.append('account-1', [deposited(cents)], { transaction })
          await store.append('account-1', [deposited(-cents)], { transaction })
        }),
      )
      await Promise.all(calls)
      const events = await store.readStream('account-1')
      checkLog(events)
      assert.equal(events.length, 20)
      for (const at of range(0, 9)) {
        const pair = events
          .slice(at * 2, at * 2 + 2)
          .map(({ data }) => Math.abs((data as { cents: number }).cents))
        assert.equal(pair[0], pair[1], 'two appends of one transaction were parted')
      }
    },

    '[1] a transaction that has ended is refused, however it ended': async ({ open, begin }) => {
      const store = await open()
      const committed = await begin(store)
      await store.append('account-1', [deposited(1)], { transaction: committed.transaction })
      await committed.commit()
      const rolledBack = await begin(store)
      await rolledBack.rollback()
      for (const { transaction } of [committed, rolledBack]) {
        const refused = { name: 'InvalidInputError', retryable: false }
        const append = store.append('account-1', [deposited(2)], { transaction })
        await rejectsWith(append, 'invalid-transaction', refused, 'append')
        await rejectsWith(
          store.readStream('account-1', { transaction }),
          'invalid-transaction',
          refused,
          'readStream',
        )
        await rejectsWith(
          store.streamInfo('account-1', { transaction }),
          'invalid-transaction',
          refused,
          'streamInfo',
        )
      }
      assert.equal((await store.readStream('account-1')).length, 1)
    },
  },
}
