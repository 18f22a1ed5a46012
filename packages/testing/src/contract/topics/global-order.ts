import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { LogFollower } from '../log-follower.ts'
import { checkLog, placesOf, readLogByPages } from '../read-all.ts'
import type { Topic } from '../topic.ts'
import { pause, readDuring, unheard } from '../wait-until.ts'

/** Writers of all kinds: single and several events, several streams, transactions that commit and that do not. */
async function writeFreely(stores: readonly EventStore[]): Promise<number> {
  let stored = 0
  const writers = range(0, 5).map(async (writer) => {
    const store = stores[writer % stores.length] as EventStore
    for (const round of range(1, 8)) {
      const events = deposits(1, 1 + (round % 3))
      const streams = [`account-${writer % 3}`, `order-${round % 3}`]
      if (round % 4 === 0) {
        await store.appendAll(streams.map((stream) => ({ stream, events: [deposited(round)] })))
        stored += 2
      } else if (round % 4 === 1) {
        const rollback = round % 8 === 1 ? new Error('as planned') : undefined
        const work = store.transaction(async (transaction) => {
          await store.append(streams[0] as string, events, { transaction })
          await pause(writer % 3)
          await store.append(streams[1] as string, events, { transaction })
          if (rollback) throw rollback
        })
        await work.catch((error: unknown) => {
          if (error !== rollback) throw error
        })
        if (!rollback) stored += 2 * events.length
      } else {
        await store.append(streams[0] as string, events)
        stored += events.length
      }
    }
  })
  await Promise.all(writers)
  return stored
}

export const globalOrder: Topic = {
  name: 'global order',
  cases: {
    '[4] readers that poll during appends and transactions see every event once, and none late': async ({
      open,
    }) => {
      const store = await open()
      const followers = [
        new LogFollower(store),
        new LogFollower(store, { limit: 1 }),
        new LogFollower(store, { category: 'order' }),
        new LogFollower(store, { stream: 'account-1' }),
      ]
      const stored = await writeFreely([store])
      for (const follower of followers) await follower.stop()
      const log = await readLogByPages(store)
      checkLog(log)
      assert.equal(log.length, stored)
    },

    '[4] readers of two instances that both write see every event once, and none late': async ({
      openTwo,
    }) => {
      const stores = await openTwo()
      const followers = stores.flatMap((store) => [
        new LogFollower(store),
        new LogFollower(store, { limit: 1 }),
      ])
      const stored = await writeFreely(stores)
      for (const follower of followers) await follower.stop()
      const log = await readLogByPages(stores[1])
      checkLog(log)
      assert.equal(log.length, stored)
    },

    '[4] what an open transaction has appended is withheld, and comes in its place': async ({
      open,
      begin,
    }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      const follower = new LogFollower(store)
      const { transaction, commit } = await begin(store)
      await store.append('account-1', [deposited(2)], { transaction })
      // Whether this waits for the transaction is up to the store.
      const overtaking = unheard(store.append('order-1', [deposited(1)]))
      await pause(20)
      assert.ok(!placesOf(follower.seen).includes('account-1@2'))
      await store.append('account-2', [deposited(1)], { transaction })
      await commit()
      await overtaking
      const seen = await follower.stop()
      assert.deepEqual(placesOf(seen).sort(), ['account-1@1', 'account-1@2', 'account-2@1', 'order-1@1'])
      checkLog(seen)
    },

    '[4] what another instance has appended in an open transaction is withheld, and comes in its place':
      async ({ openTwo, begin }) => {
        const [store, other] = await openTwo()
        const followers = [new LogFollower(store), new LogFollower(other)]
        const { transaction, commit } = await begin(store)
        await store.append('account-1', [deposited(1)], { transaction })
        const overtaking = unheard(other.append('order-1', [deposited(1)]))
        await pause(20)
        for (const { seen } of followers) assert.ok(!placesOf(seen).includes('account-1@1'))
        await commit()
        await overtaking
        for (const follower of followers) {
          assert.deepEqual(placesOf(await follower.stop()).sort(), ['account-1@1', 'order-1@1'])
        }
      },

    '[4] a transaction that was rolled back leaves nothing and holds nobody up': async ({
      open,
      begin,
      waitUntil,
    }) => {
      const store = await open()
      const follower = new LogFollower(store)
      const { transaction, rollback } = await begin(store)
      await store.append('account-1', deposits(1, 3), { transaction })
      const overtaking = unheard(store.append('order-1', [deposited(1)]))
      await pause(10)
      await rollback()
      await overtaking
      await waitUntil(() => follower.seen.length > 0, 'the append behind a rollback is read')
      await store.append('account-1', [deposited(9)], { expected: 'no-stream' })
      assert.deepEqual(placesOf(await follower.stop()), ['order-1@1', 'account-1@1'])
    },

    '[4] failed appends hold nobody up': async ({ open }) => {
      const store = await open()
      const follower = new LogFollower(store)
      await Promise.allSettled(
        range(1, 20).map((cents) => store.append('account-1', [deposited(cents)], { expected: 'no-stream' })),
      )
      await store.append('order-1', [deposited(1)])
      assert.deepEqual(placesOf(await follower.stop()), ['account-1@1', 'order-1@1'])
    },

    '[4] the head is the position of the last event that can be read': async ({ open, begin }) => {
      const store = await open()
      assert.equal(await store.head(), 0)
      const { position } = await store.append('account-1', deposits(1, 3))
      assert.equal(await store.head(), position)
      const { transaction, commit } = await begin(store)
      await store.append('account-1', deposits(4, 5), { transaction })
      assert.equal(await store.head(), position)
      assert.equal((await store.readLog()).next, position)
      await commit()
      const last = (await store.readStream('account-1')).at(-1)
      assert.equal(last?.version, 5)
      assert.equal(await store.head(), last?.position)
    },

    '[4] the head never goes back, and whoever reads finds the event at it': async ({ open }) => {
      const store = await open()
      let last = 0
      await readDuring(writeFreely([store]), async () => {
        const head = await store.head()
        assert.ok(head >= last, `the head went back from ${last} to ${head}`)
        last = head
        if (head === 0) return
        const { events } = await store.readLog({ after: head - 1, before: head + 1 })
        assert.deepEqual(
          events.map(({ position }) => position),
          [head],
        )
      })
    },

    '[4] an append that follows another one has the greater position': async ({ open }) => {
      const store = await open()
      let acknowledged = 0
      const writers = range(1, 5).map(async (writer) => {
        for (const _ of range(1, 10)) {
          const before = acknowledged
          const { position } = await store.append(`account-${writer}`, [deposited(1)])
          assert.ok(position > before, `position ${position} after ${before} was acknowledged`)
          acknowledged = Math.max(acknowledged, position)
        }
      })
      await Promise.all(writers)
      checkLog(await readLogByPages(store))
    },
  },
}
