import assert from 'node:assert/strict'
import { Consumer } from '@eventfold/core'
import { appendFrom } from '../append-from.ts'
import { calm, hasty } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, deposits } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { Journal } from '../journal.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

export const consumerTakeover: Topic = {
  name: 'consumer takeover',
  cases: {
    '[9] a consumer whose process died is taken over, and every event is handled': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      const { store: dying, gate } = gated(store)
      const first = await appendFrom([store], 5)
      const journal = new Journal()
      const dead = new Consumer(dying, 'mailer', journal.handler('dead'), { ...hasty, batchSize: 3 })
      await dead.start()
      await waitUntil(() => journal.entries.length >= 5, 'a few events')
      gate.cut()
      const heir = new Consumer(store, 'mailer', journal.handler('heir'), hasty)
      await heir.start()
      const versions = await appendFrom([store], 5, first)
      await waitUntil(() => journal.has(versions), 'all events')
      await heir.waitFor(await store.head(), { timeout: patience })
      journal.checkWithRepeats(versions)
      await dead.stop()
      await heir.stop()
    },

    '[9] an instance stands by while another gives signs of life': async ({ openTwo, patience }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      const journal = new Journal()
      const [first, second] = stores.map((store, index) => {
        // The partition belongs to whoever comes first by name.
        const options = { ...calm, instance: `${index}` }
        return new Consumer(store, 'mailer', journal.handler(`${index}`), options)
      }) as [Consumer, Consumer]
      await first.start()
      await second.start()
      const versions = await appendFrom(stores, 6)
      await second.waitFor(await stores[0].head(), { timeout: patience })
      assert.equal(second.state, 'standby')
      journal.check(versions)
      assert.deepEqual(new Set(journal.entries.map(({ by }) => by)), new Set(['0']))
      const { instances, partitions } = await first.status()
      assert.equal(instances.length, 2)
      assert.deepEqual(
        partitions.map(({ mine }) => mine),
        [true],
      )
      await second.stop()
      await first.stop()
    },

    '[9] an instance that stands by takes over at once after a clean stop': async ({
      openTwo,
      waitUntil,
      patience,
      skip,
    }) => {
      const stores = await openTwo()
      if (stores[0].capabilities.wakeUp === 'process') skip("capabilities.wakeUp is 'process'")
      documentsOf(stores[0])
      const journal = new Journal()
      const [first, second] = stores.map((store, index) => {
        return new Consumer(store, 'mailer', journal.handler(`${index}`), calm)
      }) as [Consumer, Consumer]
      await first.start()
      await second.start()
      const before = await appendFrom([stores[0]], 3)
      await first.waitFor(await stores[0].head(), { timeout: patience })
      await first.stop()
      const versions = await appendFrom([stores[0]], 3, before)
      await waitUntil(() => journal.has(versions), 'all events')
      journal.check(versions)
      assert.equal(journal.entries.at(-1)?.by, '1')
      await second.stop()
    },

    '[9] a pause holds for all instances, also for one that starts later, until it is ended': async ({
      openTwo,
      waitUntil,
      patience,
    }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      const journal = new Journal()
      const create = (index: 0 | 1) =>
        new Consumer(stores[index], 'mailer', journal.handler(`${index}`), { ...calm, leaseTime: 300 })
      const [first, second] = [create(0), create(1)]
      await first.start()
      const before = await appendFrom([stores[0]], 2)
      await first.waitFor(await stores[0].head(), { timeout: patience })
      await first.pause()
      await second.start()
      const versions = await appendFrom([stores[1]], 2, before)
      await pause(60)
      journal.check(before)
      assert.equal((await second.status()).state, 'paused')
      await second.resume()
      await waitUntil(() => journal.has(versions), 'all events')
      await first.waitFor(await stores[0].head(), { timeout: patience })
      journal.check(versions)
      await first.stop()
      await second.stop()
    },

    '[9] a history that is not the one that was handled is refused, and nothing is handled': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      documentsOf(store)
      await store.append('account-1', deposits(1, 6))
      const journal = new Journal()
      const consumer = new Consumer(store, 'mailer', journal.handler(), calm)
      await consumer.start()
      await consumer.waitFor(await store.head(), { timeout: patience })
      await consumer.stop()
      const fourth = (await store.readStream('account-1'))[3]?.position as number
      const { store: shortened, gate } = gated(store)
      gate.head = async () => fourth
      // It looks several times, for a part of the lease.
      const options = { ...calm, leaseTime: 1_000 }
      const onShortened = new Consumer(shortened, 'mailer', journal.handler(), options)
      await rejectsWith(onShortened.start(), 'history-diverged', { consumer: 'mailer' })
      const { store: other, gate: otherGate } = gated(store)
      const readLog = otherGate.readLog.bind(otherGate)
      otherGate.readLog = async (query) => {
        const page = await readLog(query)
        return { ...page, events: page.events.map((event) => ({ ...event, id: crypto.randomUUID() })) }
      }
      const onOther = new Consumer(other, 'mailer', journal.handler(), options)
      await rejectsWith(onOther.start(), 'history-diverged', { consumer: 'mailer' })
      await store.append('account-1', [deposited(7)])
      await onOther.stop()
      await onShortened.stop()
      journal.check({ 'account-1': 6 })
    },
  },
}
