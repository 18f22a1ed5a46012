import assert from 'node:assert/strict'
import { archiveStream, Consumer, readModel, summariseStream, truncateStream } from '@eventfold/core'
import { balancesOf } from '../balances.ts'
import { calm } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, deposits, range } from '../facts.ts'
import { Journal } from '../journal.ts'
import { checkVersions, maintenanceOf, summary, used } from '../meter.ts'
import { appendInTurn, isAt, Moody } from '../moody.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

export const removalAndConsumers: Topic = {
  name: 'removal and consumers',
  cases: {
    '[9] what a consumer has not processed is not removed, unless that is forced': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      maintenanceOf(store)
      await store.append('meter-1', used(1, 3))
      const journal = new Journal()
      const consumer = new Consumer(store, 'mailer', journal.handler(), calm)
      await consumer.start()
      await consumer.waitFor(await store.head(), { timeout: patience })
      await consumer.stop()
      const { position } = await store.append('meter-1', used(4, 5))
      const behind = { stream: 'meter-1', consumers: ['mailer'] }
      await rejectsWith(truncateStream(store, 'meter-1', { before: 5 }), 'consumers-behind', behind)
      const summarised = summariseStream(store, 'meter-1', summary(15), { expected: 5 })
      await rejectsWith(summarised, 'consumers-behind', { ...behind, position })
      const archived = archiveStream(store, 'meter-1', () => assert.fail('it must not be archived yet'))
      await rejectsWith(archived, 'consumers-behind', behind)
      await checkVersions(store, 'meter-1', 1, 5)
      assert.equal((await truncateStream(store, 'meter-1', { before: 4 })).removed, 3)
      assert.equal((await truncateStream(store, 'meter-1', { before: 5, force: true })).removed, 1)
      await checkVersions(store, 'meter-1', 5, 5)
    },

    '[9] a consumer goes on behind its checkpoint, also where that event was removed': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      maintenanceOf(store)
      await store.append('meter-2', used(1, 1))
      await store.append('meter-1', used(1, 3))
      const journal = new Journal()
      const run = async () => {
        const consumer = new Consumer(store, 'mailer', journal.handler(), calm)
        await consumer.start()
        await consumer.waitFor(await store.head(), { timeout: patience })
        await consumer.stop()
      }
      await run()
      await summariseStream(store, 'meter-1', summary(6), { expected: 3 })
      await store.append('meter-1', used(5, 5))
      await run()
      journal.check({ 'meter-1': 5, 'meter-2': 1 })
    },

    '[11] a parked event is not removed before somebody has settled it': async ({ open, patience }) => {
      const store = await open()
      documentsOf(store)
      maintenanceOf(store)
      const moody = new Moody(isAt('account-1', 2))
      const consumer = new Consumer(store, 'mailer', moody.handler(), { ...calm, onFailure: 'park' })
      await consumer.start()
      await appendInTurn(store)
      const { position } = await store.append('account-9', [deposited(1)])
      await consumer.waitFor(position, { timeout: patience })
      const truncated = truncateStream(store, 'account-1', { before: 3 })
      await rejectsWith(truncated, 'consumers-behind', { consumers: ['mailer'] })
      assert.equal((await truncateStream(store, 'account-1', { before: 2 })).removed, 1)
      await consumer.discardParked()
      assert.equal((await truncateStream(store, 'account-1', { before: 3 })).removed, 1)
      await consumer.stop()
    },

    '[10] read models go on over removals, and a rebuild begins with what is left': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      maintenanceOf(store)
      const model = readModel(balancesOf(), store, { ...calm, mode: 'async' })
      await model.start()
      await store.append('account-1', deposits(1, 4))
      const { position } = await store.append('account-2', deposits(1, 1))
      await model.waitFor(position, { timeout: patience })
      await truncateStream(store, 'account-1', { before: 3 })
      await store.append('account-1', deposits(5, 5))
      await model.waitFor(await store.head(), { timeout: patience })
      assert.deepEqual(await model.get('1'), { cents: 15, versions: [1, 2, 3, 4, 5] })
      await model.rebuild()
      assert.deepEqual(await model.get('1'), { cents: 12, versions: [3, 4, 5] })
      await model.stop()
    },

    '[10] appends that carry a read model, and summaries of its streams, do not get in each other’s way':
      async ({ open }) => {
        const store = await open()
        documentsOf(store)
        maintenanceOf(store)
        const model = readModel(balancesOf(), store, { ...calm, mode: 'inline' })
        await model.start()
        const appends = range(1, 20).map((cents) => store.append(`account-${cents % 2}`, [deposited(cents)]))
        await Promise.all(appends)
        const work = range(1, 10).map((round) => store.append('account-1', [deposited(round)]))
        const { version } = (await store.streamInfo('account-0')) ?? { version: 0 }
        const summarised = summariseStream(store, 'account-0', deposited(1_000), { expected: version })
        await Promise.all([...work, summarised])
        assert.equal((await model.get('0'))?.cents, 110 + 1_000)
        assert.equal((await model.get('1'))?.cents, 100 + 55)
        await model.stop()
      },

    '[10] a read model that appends carry is never behind': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      maintenanceOf(store)
      const model = readModel(balancesOf(), store, { ...calm, mode: 'inline' })
      await model.start()
      await store.append('account-1', deposits(1, 2))
      await store.append('meter-1', used(1, 3))
      assert.equal((await truncateStream(store, 'meter-1', { before: 3 })).removed, 2)
      assert.equal((await truncateStream(store, 'account-1', { before: 2 })).removed, 1)
      assert.deepEqual(await model.get('1'), { cents: 3, versions: [1, 2] })
      await model.stop()
    },
  },
}
