import assert from 'node:assert/strict'
import { isEventfoldError } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { checkLog, collect, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

export const lifecycle: Topic = {
  name: 'lifecycle',
  cases: {
    '[7] every method rejects once the store is closed': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 3))
      await store.close()
      const query = { stream: 'account-1', from: 1, to: 9, backwards: false, limit: 9 }
      const calls: Record<string, () => Promise<unknown>> = {
        append: () => store.append('account-1', [deposited(1)]),
        appendAll: () => store.appendAll([{ stream: 'account-1', events: [deposited(1)] }]),
        readStream: () => store.readStream('account-1'),
        readStreamInBatches: () => collect(store.readStreamInBatches('account-1')),
        readFold: () => store.adapter.readFold(query),
        streamInfo: () => store.streamInfo('account-1'),
        readLog: () => store.readLog(),
        readLogInBatches: () => collect(store.readLogInBatches()),
        head: () => store.head(),
        onAppend: () => store.onAppend(() => {}),
        now: () => store.adapter.now(),
        transaction: () => store.transaction(async () => assert.fail('the work was started')),
      }
      for (const [method, call] of Object.entries(calls)) {
        await rejectsWith(call(), 'store-closed', { name: 'StoreClosedError', retryable: false }, method)
      }
    },

    '[7] a store may be closed twice, also at once': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      await Promise.all([store.close(), store.close()])
      await store.close()
      await rejectsWith(store.head(), 'store-closed')
    },

    '[7] disposing of a store closes it': async ({ open }) => {
      const store = await open()
      await store[Symbol.asyncDispose]()
      await rejectsWith(store.head(), 'store-closed')
    },

    '[7] an unused store can be closed': async ({ open }) => {
      const store = await open()
      await store.close()
      await rejectsWith(store.append('account-1', [deposited(1)]), 'store-closed')
    },

    '[7] closing waits for calls under way; each of them is stored, or rejects as closed': async ({
      open,
    }) => {
      const store = await open()
      let settled = 0
      const calls = range(1, 20).map((cents) => {
        return store.append(`account-${cents}`, [deposited(cents)]).finally(() => settled++)
      })
      const outcomes = Promise.allSettled(calls)
      await store.close()
      // Lets what has been settled already be heard of.
      await pause()
      assert.equal(settled, 20, `closed while ${20 - settled} of 20 appends were under way`)
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected')
          assert.ok(isEventfoldError(outcome.reason, 'store-closed'), outcome.reason)
      }
    },

    '[7] closing waits for a transaction under way, which commits': async ({ open, begin }) => {
      const store = await open()
      const { transaction, commit } = await begin(store)
      let closed = false
      const closing = store.close().then(() => {
        closed = true
      })
      await pause(30)
      assert.equal(closed, false, 'closed while a transaction was under way')
      const { version } = await store.append('account-1', [deposited(1)], { transaction })
      assert.equal(version, 1)
      await commit()
      await closing
    },

    '[9] nobody is woken once the store is closed, and listening may end after that': async ({ open }) => {
      const store = await open()
      const stop = await store.onAppend(() => {})
      await store.close()
      await stop()
    },

    '[7] another instance works on when one is closed': async ({ openTwo }) => {
      const [store, other] = await openTwo()
      await store.append('account-1', [deposited(1)])
      await store.close()
      await other.append('account-1', [deposited(2)], { expected: 1 })
      assert.equal((await other.readStream('account-1')).length, 2)
    },

    '[7] a store that was opened again has every event, as it was': async ({ open, reopen }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 3), { metadata: { actor: 'ada' } })
      await store.appendAll(
        ['account-2', 'order-1'].map((stream) => ({ stream, events: [deposited(1, { tags: ['t'] })] })),
      )
      const before = await readLogByPages(store)
      const info = await store.streamInfo('account-1')
      const again = await reopen(store)
      assert.deepEqual(await readLogByPages(again), before)
      assert.deepEqual(await again.streamInfo('account-1'), info)
      assert.equal(await again.head(), before.at(-1)?.position)
    },

    '[7] a store that was opened again goes on with versions, positions and event ids': async ({
      open,
      reopen,
    }) => {
      const store = await open()
      const event = deposited(1, { id: store.newId() })
      const first = await store.append('account-1', [event], { expected: 'no-stream' })
      const again = await reopen(store)
      assert.deepEqual(await again.append('account-1', [event]), { ...first, duplicate: true })
      await rejectsWith(again.append('account-1', [deposited(2)], { expected: 'no-stream' }), 'concurrency', {
        actual: 1,
      })
      const second = await again.append('account-1', [deposited(2)], { expected: 1 })
      assert.equal(second.version, 2)
      assert.ok(second.position > first.position)
      checkLog(await readLogByPages(again))
    },

    '[7] what was acknowledged before or during closing is there when the store is opened again': async ({
      open,
      reopen,
    }) => {
      const store = await open()
      const calls = range(1, 20).map((cents) => store.append('account-1', [deposited(cents)]))
      const [outcomes, again] = await Promise.all([Promise.allSettled(calls), reopen(store)])
      const acknowledged = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value.eventIds : [],
      )
      const events = await again.readStream('account-1')
      assert.deepEqual(new Set(events.map(({ id }) => id)), new Set(acknowledged))
    },

    '[1] a transaction that was rolled back leaves nothing to a store that is opened again': async ({
      open,
      reopen,
      begin,
    }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      const { transaction, rollback } = await begin(store)
      await store.append('account-1', [deposited(2)], { transaction })
      await rollback()
      const again = await reopen(store)
      assert.equal((await again.readStream('account-1')).length, 1)
      await again.append('account-1', [deposited(2)], { expected: 1 })
    },
  },
}
