import assert from 'node:assert/strict'
import { Consumer, type Delivery } from '@eventfold/core'
import { appendFrom } from '../append-from.ts'
import { calm } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, deposits, range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { Journal } from '../journal.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause, unheard } from '../wait-until.ts'

export const consumers: Topic = {
  name: 'consumers',
  cases: {
    '[9] a consumer handles every event once and in order per stream, from catching up to live': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const before = await appendFrom([store], 4)
      const journal = new Journal()
      const consumer = new Consumer(store, 'mailer', journal.handler(), calm)
      await consumer.start()
      const versions = await appendFrom([store], 8, before)
      await consumer.waitFor(await store.head(), { timeout: patience })
      journal.check(versions)
      await consumer.stop()
    },

    '[9] a consumer that is started again goes on after the last event it handled': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const journal = new Journal()
      const run = async () => {
        const consumer = new Consumer(store, 'mailer', journal.handler(), calm)
        await consumer.start()
        await consumer.waitFor(await store.head(), { timeout: patience })
        await consumer.stop()
      }
      const first = await appendFrom([store], 3)
      await run()
      journal.check(first)
      await run()
      const second = await appendFrom([store], 3, first)
      await run()
      journal.check(second)
    },

    '[9] a consumer that is started again on a store that was opened again goes on': async ({
      open,
      reopen,
      patience,
    }) => {
      let store = await open()
      documentsOf(store)
      const journal = new Journal()
      let versions: Record<string, number> = {}
      for (const _ of [1, 2]) {
        versions = await appendFrom([store], 3, versions)
        const consumer = new Consumer(store, 'mailer', journal.handler(), calm)
        await consumer.start()
        await consumer.waitFor(await store.head(), { timeout: patience })
        await consumer.stop()
        journal.check(versions)
        store = await reopen(store)
      }
    },

    '[9] a consumer stopped in the middle of a batch has handled what its successor does not handle again':
      async ({ open, patience }) => {
        const store = await open()
        documentsOf(store)
        const versions = await appendFrom([store], 6)
        const journal = new Journal()
        const { handle } = journal.handler()
        for (const limit of [1, 2, 5, 9, Number.MAX_SAFE_INTEGER]) {
          let count = 0
          const consumer: Consumer = new Consumer(
            store,
            'mailer',
            {
              handle: (delivery, context) => {
                handle?.(delivery, context)
                if (++count === limit) void consumer.stop()
              },
            },
            { ...calm, batchSize: 20 },
          )
          await consumer.start()
          if (limit > 9) await consumer.waitFor(await store.head(), { timeout: patience })
          await consumer.stop()
        }
        journal.check(versions)
      },

    '[9] what a filter leaves out is passed over, and nothing after it is missed': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const rare: unknown[] = []
      const consumer = new Consumer(
        store,
        'rare',
        { handle: ({ event }) => void rare.push(event.data) },
        { ...calm, filter: { types: ['Rare'], category: 'account' }, batchSize: 10 },
      )
      await store.append('account-1', deposits(1, 200))
      await consumer.start()
      await consumer.waitFor(await store.head(), { timeout: patience })
      await store.append('account-1', [deposited(1), { type: 'Rare', data: 1 }, deposited(2)])
      await store.append('other-1', [{ type: 'Rare', data: 'of another category' }])
      await store.append('account-1', [...deposits(1, 30), { type: 'Rare', data: 2 }])
      await consumer.waitFor(await store.head(), { timeout: patience })
      assert.deepEqual(rare, [1, 2])
      const { partitions, lag } = await consumer.status()
      assert.equal(partitions[0]?.position, await store.head())
      assert.equal(lag.events, 0)
      await consumer.stop()
    },

    '[9] events of others move a consumer on as well, soon and without a look of its own': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const options = { ...calm, filter: { category: 'order' }, pollInterval: 600_000 }
      const consumer = new Consumer(store, 'others', { handle: () => {} }, options)
      await consumer.start()
      // Has no run of its own, so it looks at what is stored.
      const observer = new Consumer(store, 'others', { handle: () => {} }, options)
      for (const waiting of [observer, consumer]) {
        const { position } = await store.append('account-1', deposits(1, 3))
        await waiting.waitFor(position, { timeout: patience })
      }
      await consumer.stop()
    },

    '[9] a consumer begins at the beginning, now, or after a position, at its first start only': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      await store.append('account-1', deposits(1, 5))
      const third = (await store.readStream('account-1'))[2]?.position as number
      for (const from of ['beginning', 'now', third] as const) {
        const { version: last = 0 } = (await store.streamInfo('account-1')) ?? {}
        const seen: number[] = []
        const handle = ({ event }: Delivery) => void seen.push(event.version)
        const create = () => new Consumer(store, `from ${from}`, { handle }, { ...calm, from })
        const first = create()
        await first.start()
        await first.stop()
        await store.append('account-1', [deposited(0)])
        const second = create()
        await second.start()
        await second.waitFor(await store.head(), { timeout: patience })
        await second.stop()
        const firstVersion = from === 'beginning' ? 1 : from === 'now' ? last + 1 : 4
        assert.deepEqual(seen, range(firstVersion, last + 1), `from ${from}`)
      }
    },

    '[9] a wait ends when everything up to the position is handled, and never before': async ({
      open,
      begin,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const journal = new Journal()
      const hold = Promise.withResolvers<void>()
      const { handle } = journal.handler()
      const consumer = new Consumer(
        store,
        'mailer',
        {
          handle: async (delivery, context) => {
            if (delivery.event.version === 3) await hold.promise
            handle?.(delivery, context)
          },
        },
        calm,
      )
      await consumer.start()
      const { position } = await store.append('account-1', deposits(1, 4))
      let isOver = false
      const waiting = consumer.waitFor(position, { timeout: patience }).then(() => {
        isOver = true
      })
      await pause(30)
      assert.equal(isOver, false)
      const error = await rejectsWith(consumer.waitFor(position, { timeout: 1 }), 'wait-timeout', {
        position,
      })
      assert.ok((error as unknown as { reached: number }).reached < position)
      hold.resolve()
      await waiting
      assert.deepEqual(journal.versionsOf('account-1'), [1, 2, 3, 4])
      const { transaction, commit } = await begin(store)
      await store.append('account-2', deposits(1, 2), { transaction })
      const later = unheard(store.append('account-3', [deposited(1)]))
      await pause(20)
      assert.deepEqual(journal.versionsOf('account-2'), [])
      await commit()
      const after = await later
      await consumer.waitFor(after.position, { timeout: patience })
      journal.check({ 'account-1': 4, 'account-2': 2, 'account-3': 1 })
      await consumer.stop()
    },

    '[14] a consumer reads one page ahead of what it handles, and no further': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 100))
      const { store: watched, gate } = gated(store)
      const readLog = gate.readLog.bind(gate)
      let rows = 0
      gate.readLog = async (query) => {
        const page = await readLog(query)
        if (!query.backwards) rows += page.events.length
        return page
      }
      const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
      let handled = 0
      const handle = async () => {
        handled++
        if (handled === 1) await holds[0].promise
        if (handled === 31) await holds[1].promise
      }
      const consumer = new Consumer(watched, 'slow', { handle }, { ...calm, batchSize: 10 })
      await consumer.start()
      for (const [index, hold] of holds.entries()) {
        await waitUntil(() => handled === index * 30 + 1, 'the event that takes long')
        await pause(30)
        assert.ok(rows <= handled + 9 + 10, `${rows} events were read when ${handled} were handled`)
        hold.resolve()
      }
      await waitUntil(() => handled === 100, 'all events')
      await consumer.stop()
    },

    '[9] a consumer that has stopped leaves nothing running': async ({ open, patience }) => {
      const store = await open()
      const { store: watched, gate } = gated(store)
      const consumer = new Consumer(watched, 'mailer', new Journal().handler(), calm)
      await store.append('account-1', deposits(1, 3))
      await consumer.start()
      await consumer.waitFor(await store.head(), { timeout: patience })
      await consumer.stop()
      await consumer.stop()
      let calls = 0
      for (const name of ['readLog', 'head', 'now', 'transaction'] as const) {
        gate[name] = async () => {
          calls++
          throw new Error('called after the stop')
        }
      }
      await store.append('account-1', [deposited(4)])
      await pause(120)
      assert.equal(calls, 0)
      assert.equal(consumer.state, 'stopped')
    },
  },
}
