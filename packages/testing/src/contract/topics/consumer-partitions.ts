import assert from 'node:assert/strict'
import { Consumer, type ConsumerOptions, type EventStore, type Processor } from '@eventfold/core'
import { appendFrom } from '../append-from.ts'
import { calm, hasty } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposits, range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { Journal } from '../journal.ts'
import { checkLedger, ledgerOf } from '../ledger.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

/** Instances look at each other often. */
const sociable: ConsumerOptions = { ...calm, leaseTime: 3_000, batchSize: 3 }

/** How many partitions an instance has. */
async function countOwned(consumer: Consumer): Promise<number> {
  const { partitions } = await consumer.status()
  return partitions.filter(({ mine }) => mine).length
}

/** Appends two events to each of so many streams, so that every partition gets some. */
async function appendToMany(store: EventStore, round: number): Promise<void> {
  const appends = range(1, 24).map((number) => ({
    stream: `account-${number}`,
    events: deposits(round, round + 1),
  }))
  await store.appendAll(appends)
}

const versionsOfMany = (rounds: number): Record<string, number> =>
  Object.fromEntries(range(1, 24).map((number) => [`account-${number}`, 2 * rounds]))

export const consumerPartitions: Topic = {
  name: 'consumer partitions',
  cases: {
    '[9] a consumer in several partitions handles every event once and in order per stream': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const journal = new Journal()
      const consumer = new Consumer(store, 'mailer', journal.handler(), { ...calm, partitions: 5 })
      await appendToMany(store, 1)
      await consumer.start()
      await appendToMany(store, 2)
      await appendToMany(store, 3)
      await consumer.waitFor(await store.head(), { timeout: patience })
      journal.check(versionsOfMany(3))
      await consumer.stop()
      const { partitions } = await consumer.status()
      assert.equal(partitions.filter(({ handled }) => handled > 0).length, 5)
      assert.equal(
        partitions.reduce((sum, { handled }) => sum + handled, 0),
        144,
      )
    },

    '[9] order per stream holds while instances come, share the partitions, and go': async ({
      openTwo,
      waitUntil,
      patience,
    }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      const journal = new Journal()
      const create = (index: 0 | 1) =>
        new Consumer(stores[index], 'mailer', journal.handler(`${index}`), { ...sociable, partitions: 4 })
      const [first, second] = [create(0), create(1)]
      await first.start()
      await appendToMany(stores[0], 1)
      await second.start()
      await appendToMany(stores[1], 2)
      const isShared = async () => (await countOwned(first)) === 2 && (await countOwned(second)) === 2
      await waitUntil(isShared, 'two partitions for each')
      await appendToMany(stores[0], 3)
      await second.waitFor(await stores[0].head(), { timeout: patience })
      assert.deepEqual(new Set(journal.entries.map(({ by }) => by)), new Set(['0', '1']))
      await first.stop()
      await appendToMany(stores[0], 4)
      await second.waitFor(await stores[0].head(), { timeout: patience })
      assert.equal(await countOwned(second), 4)
      journal.check(versionsOfMany(4))
      await second.stop()
    },

    '[10] a read model has every event once while instances with partitions come, go and die': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      let versions: Record<string, number> = {}
      for (const round of range(1, 5)) {
        const appending = appendFrom([store], 3, versions)
        const processes = range(1, 2).map(() => gated(store))
        const consumers = processes.map(({ store: own }) => {
          return new Consumer(own, 'ledger', ledgerOf(own), {
            ...hasty,
            leaseTime: 30,
            partitions: 3,
            batchSize: 2,
          })
        })
        await Promise.all(consumers.map((consumer) => consumer.start()))
        versions = await appending
        processes[round % 2]?.gate.cut()
        await pause(10)
        await Promise.all(consumers.map((consumer) => consumer.stop()))
      }
      await pause(35)
      const last = new Consumer(store, 'ledger', ledgerOf(store), { ...calm })
      await last.start()
      await last.waitFor(await store.head(), { timeout: patience })
      await last.stop()
      await checkLedger(store, versions)
    },

    '[10] a read model has every event once over changes of the number of partitions': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      let versions: Record<string, number> = {}
      for (const partitions of [1, 4, 2, 7, 3]) {
        const appending = appendFrom([store], 3, versions)
        const consumer = new Consumer(store, 'ledger', ledgerOf(store), { ...calm, partitions, batchSize: 3 })
        await consumer.start()
        await pause(3)
        // Somewhere on the way, so that the partitions are not equally far.
        await consumer.stop()
        versions = await appending
        assert.equal((await consumer.status()).partitions.length, partitions)
      }
      const last = new Consumer(store, 'ledger', ledgerOf(store), calm)
      await last.start()
      await last.waitFor(await store.head(), { timeout: patience })
      await last.stop()
      await checkLedger(store, versions)
      const { partitions } = await last.status()
      assert.equal(
        partitions.reduce((sum, { handled }) => sum + handled, 0),
        Object.values(versions).reduce((sum, version) => sum + version, 0),
      )
    },

    '[10] a change of the number of partitions fences an instance that works on the old ones': async ({
      openTwo,
      patience,
    }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      let versions: Record<string, number> = {}
      const running: Consumer[] = []
      for (const [index, partitions] of [2, 5, 3].entries()) {
        const store = stores[index % 2] as EventStore
        const consumer = new Consumer(store, 'ledger', ledgerOf(store), { ...sociable, partitions })
        running.push(consumer)
        const appending = appendFrom(stores, 4, versions)
        await consumer.start()
        versions = await appending
      }
      for (const consumer of running) await consumer.waitFor(await stores[0].head(), { timeout: patience })
      assert.equal((await (running[0] as Consumer).status()).partitions.length, 3)
      for (const consumer of running) await consumer.stop()
      await checkLedger(stores[0], versions)
    },

    '[9] an event with several keys is handled for each, in the order of the key': async ({
      open,
      patience,
    }) => {
      const store = await open()
      const documents = documentsOf(store)
      const processor: Processor = {
        keysOf: ({ stream, data }) => [stream, `all ${(data as { cents: number }).cents % 2}`],
        apply: async (deliveries, transaction) => {
          for (const { event, keys } of deliveries) {
            for (const key of keys) {
              const reference = { collection: 'by key', key }
              const [text = ''] = await documents.read([reference], { transaction })
              await documents.write([{ ...reference, data: `${text}${event.position} ` }], transaction)
            }
          }
        },
      }
      const consumer = new Consumer(store, 'keys', processor, { ...calm, partitions: 4, batchSize: 5 })
      await consumer.start()
      const versions = await appendFrom([store], 5)
      await consumer.waitFor(await store.head(), { timeout: patience })
      await consumer.stop()
      const { events } = await store.readLog({ limit: 1_000 })
      const expected: Record<string, string> = {}
      for (const { stream, data, position } of events) {
        for (const key of [stream, `all ${(data as { cents: number }).cents % 2}`]) {
          expected[key] = `${expected[key] ?? ''}${position} `
        }
      }
      const query = { collection: 'by key', where: [], backwards: false, limit: 100 }
      const found = await documents.find(query)
      assert.deepEqual(Object.fromEntries(found.map(({ key, data }) => [key, data])), expected)
      assert.equal(Object.keys(expected).length, Object.keys(versions).length + 2)
    },
  },
}
