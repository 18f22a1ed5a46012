import assert from 'node:assert/strict'
import {
  Consumer,
  type Delivery,
  defineUpcasters,
  EventStore,
  type RecordedEvent,
  readModel,
  StoreUnavailableError,
} from '@eventfold/core'
import { calm } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { evolved, finalState, loadMoney, oldEvents, readEvents, totals, upcasters } from '../old-money.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

const summary = (events: readonly RecordedEvent[]) =>
  events.map(({ type, data, version }) => [type, data, version])

const modern = { type: 'MoneyDeposited', data: { cents: 5, currency: 'EUR' } }

export const schemaEvolution: Topic = {
  name: 'schema evolution',
  cases: {
    '[8] old events are read as those of today by every reader, and stay as they are': async ({ open }) => {
      const old = await open()
      await old.append('account-1', oldEvents)
      const before = await old.readStream('account-1')
      const store = evolved(old)
      const read = await store.readStream('account-1')
      assert.deepEqual(summary(read), readEvents)
      assert.deepEqual(summary((await store.readLog()).events), readEvents)
      assert.equal(new Set(read.map(({ id }) => id)).size, read.length)
      assert.deepEqual(await store.readStream('account-1'), read)
      assert.deepEqual(
        read.map(({ partOf }) => partOf),
        [undefined, undefined, before[3]?.id, before[3]?.id, undefined],
      )
      const seen: RecordedEvent[] = []
      for await (const event of store.subscribe({ category: 'account' })) {
        seen.push(event)
        if (seen.length === read.length) break
      }
      assert.deepEqual(seen, read)
      assert.deepEqual((await loadMoney(store, '1')).state, finalState)
      assert.deepEqual((await loadMoney(store, '1', { version: 4 })).state.cents, 1_240)
      assert.deepEqual(
        (await loadMoney(store, '1', { while: ({ version }) => version < 4 })).state.cents,
        1_300,
      )
      assert.equal((await loadMoney(store, '1')).version, 5)
      assert.deepEqual(await old.readStream('account-1'), before)
    },

    '[8] pages and batches of old events leave none out, whatever became of them': async ({ open }) => {
      const old = await open()
      for (let account = 1; account <= 3; account++) await old.append(`account-${account}`, oldEvents)
      const store = evolved(old)
      const batches: RecordedEvent[] = []
      for await (const batch of store.readStreamInBatches('account-2', { batchSize: 1 }))
        batches.push(...batch)
      assert.deepEqual(summary(batches), readEvents)
      const log: RecordedEvent[] = []
      for await (const batch of store.readLogInBatches({ limit: 2 })) log.push(...batch)
      assert.deepEqual(summary(log), [...readEvents, ...readEvents, ...readEvents])
    },

    '[9] a filter by type finds what has become of that type, and nothing else': async ({ open }) => {
      const old = await open()
      await old.append('account-1', oldEvents)
      const store = evolved(old)
      for (const type of ['MoneyDeposited', 'MoneyWithdrawn', 'Paid']) {
        const expected = readEvents.filter(([read]) => read === type)
        assert.deepEqual(summary((await store.readLog({ types: [type] })).events), expected)
        const seen: RecordedEvent[] = []
        await store.append('account-2', [modern])
        const subscription = store.subscribe({ types: [type, 'End'], batchInterval: 0 })
        await store.append('end-1', [{ type: 'End', data: {} }])
        for await (const event of subscription) {
          if (event.type === 'End') break
          if (event.stream === 'account-1') seen.push(event)
        }
        assert.deepEqual(summary(seen), expected)
        const handled: RecordedEvent[] = []
        const handle = ({ event }: Delivery) => void handled.push(event)
        const consumer = new Consumer(store, `of-${type}`, { handle }, { ...calm, filter: { types: [type] } })
        await consumer.start()
        await consumer.waitFor(await store.head())
        await consumer.stop()
        assert.deepEqual(summary(handled.filter(({ stream }) => stream === 'account-1')), expected)
      }
    },

    '[8] an event is appended in its version of today, and an ended type not at all': async ({ open }) => {
      const store = evolved(await open())
      await store.append('account-1', [modern, { ...modern, schemaVersion: 2 }])
      const read = await store.readStream('account-1')
      assert.deepEqual(
        read.map(({ schemaVersion, data }) => [schemaVersion, data]),
        [
          [2, modern.data],
          [2, modern.data],
        ],
      )
      for (const event of [
        { ...deposited(1), schemaVersion: 1 },
        { type: 'Paid', data: { euros: 1 } },
      ]) {
        await rejectsWith(store.append('account-1', [event]), 'invalid-schema-version')
      }
      assert.equal((await store.streamInfo('account-1'))?.version, 2)
    },

    '[10] read models fold what old events have become once, where commits fail, and audits agree': async ({
      open,
      patience,
    }) => {
      const old = await open()
      documentsOf(old)
      const { store: unreliable, gate } = gated(old)
      const store = new EventStore(unreliable.adapter, { upcasters })
      const model = readModel(totals, store, { mode: 'async', ...calm, batchSize: 2 })
      await model.start()
      let commits = 0
      gate.onCommit = (when) => {
        if (commits++ % 3 !== 2) return
        throw new StoreUnavailableError(when === 'after' ? 'unknown' : 'not-stored', 'lost')
      }
      for (let account = 1; account <= 5; account++) await old.append(`account-${account}`, oldEvents)
      await model.waitFor(await store.head(), { timeout: patience })
      gate.onCommit = () => {}
      for (let account = 1; account <= 5; account++) {
        assert.deepEqual(await model.get(String(account)), finalState)
      }
      await store.append('account-1', [modern])
      await model.waitFor(await store.head(), { timeout: patience })
      assert.equal((await model.get('1'))?.cents, 1_255)
      const audit = await model.audit()
      assert.deepEqual([audit.complete, audit.expected], [true, 21])
      assert.deepEqual((await model.check({ keys: ['1', '2', '3', '4', '5'] })).differences, [])
      await model.stop()
      const live = readModel(totals, store, { mode: 'live' })
      assert.deepEqual(await live.get('2'), finalState)
    },

    '[11] an old event whose upcaster throws holds back its stream only, until the upcaster is mended':
      async ({ open, waitUntil, patience }) => {
        const old = await open()
        await old.append('account-1', oldEvents)
        await old.append('account-2', oldEvents)
        const { steps } = upcasters
        const broken = defineUpcasters({
          ...steps,
          Paid: [
            (data: { readonly euros: number }, { stream }) => {
              if (stream === 'account-1') throw new Error('what is a euro?')
              return { cents: data.euros * 100 }
            },
            { as: 'MoneyDeposited', version: 1 },
          ],
        })
        const seen: string[] = []
        const handle = ({ event }: Delivery) =>
          void seen.push(`${event.stream}@${event.version} ${event.type}`)
        const run = (store: EventStore) => {
          return new Consumer(store, 'mailer', { handle }, { ...calm, onFailure: 'park' })
        }
        const before = evolved(old, { upcasters: broken })
        await rejectsWith(before.readStream('account-1'), 'unreadable-event')
        const first = run(before)
        await first.start()
        await first.waitFor(await old.head(), { timeout: patience })
        await first.stop()
        assert.equal(seen.filter((line) => line.startsWith('account-2')).length, readEvents.length)
        assert.deepEqual(
          seen.filter((line) => line.startsWith('account-1')),
          ['account-1@1 MoneyDeposited'],
        )
        const second = run(evolved(old))
        await second.start()
        await second.retryParked()
        await waitUntil(async () => (await second.status()).parked === 0, 'no parked events')
        await second.stop()
        assert.deepEqual(
          seen.filter((line) => line.startsWith('account-1')),
          readEvents.map(([type, , version]) => `account-1@${version} ${type}`),
        )
      },
  },
}
