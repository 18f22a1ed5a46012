import assert from 'node:assert/strict'
import {
  Consumer,
  defineAggregate,
  defineProjection,
  type EventStore,
  readModel,
  typeOf,
} from '@eventfold/core'
import { AcknowledgedAccounts, balancesOf } from '../balances.ts'
import { calm, hasty } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

const Touchy = defineAggregate('account', {
  initialState: {},
  events: { MoneyDeposited: typeOf<{ readonly cents: number }>() },
  evolve: { MoneyDeposited: (state) => state },
})

/** Refuses 13 cents. */
const Superstitious = defineProjection('superstitious', {
  of: [Touchy],
  initialState: 0,
  on: {
    MoneyDeposited: (sum, { data }) => {
      if (data.cents === 13) throw new RangeError('not thirteen')
      return sum + data.cents
    },
  },
})

export const projections: Topic = {
  name: 'projections',
  cases: {
    '[10] inline, async and live, a projection gives the same documents': async ({ open, patience }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.write([store], 3)
      const inline = readModel(balancesOf('inline'), store, { mode: 'inline' })
      const later = readModel(balancesOf('async'), store, { mode: 'async', ...calm, partitions: 2 })
      const live = readModel(balancesOf('live'), store, { mode: 'live' })
      const cached = readModel(balancesOf('cached'), store, { mode: 'live', cache: true })
      const models = [inline, later, live, cached]
      for (const model of models) await model.start()
      await accounts.write([store], 8)
      for (const model of models) {
        await model.waitFor(await store.head(), { timeout: patience })
        await accounts.check(model)
        await model.stop()
      }
    },

    '[6] a key that no document can have is refused, and finds no other document': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      // What a lone surrogate becomes in UTF-8.
      await accounts.append(store, 'account-\ufffd', [deposited(5)])
      const later = readModel(balancesOf('async'), store, { mode: 'async', ...calm })
      const live = readModel(balancesOf('live'), store, { mode: 'live' })
      const cached = readModel(balancesOf('cached'), store, { mode: 'live', cache: true })
      for (const model of [later, live, cached]) {
        await model.start()
        await model.waitFor(await store.head(), { timeout: patience })
        await accounts.check(model)
        for (const key of ['\ud800', 'a\0', '', 'x'.repeat(513), 5 as never]) {
          await rejectsWith(model.get(key), 'invalid-document', { name: 'InvalidInputError' }, key)
        }
        await model.stop()
      }
      const consumer = new Consumer(store, 'mailer', { handle: () => {} })
      for (const key of ['\ud800', 'a\0']) {
        await rejectsWith(consumer.parked({ key }), 'invalid-option')
        await rejectsWith(consumer.retryParked({ key }), 'invalid-option')
        await rejectsWith(consumer.discardParked({ key }), 'invalid-option')
      }
    },

    '[10] an inline document is there when the append resolves, and in its transaction before': async ({
      open,
      begin,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      const model = readModel(balancesOf(), store, { mode: 'inline' })
      await model.start()
      for (const cents of range(1, 5)) {
        await accounts.append(store, 'account-1', [deposited(cents)])
        assert.deepEqual(await model.get('1'), accounts.balances()['1'])
      }
      const { transaction, commit } = await begin(store)
      const before = accounts.balances()['1']
      await accounts.append(store, 'account-1', [deposited(6), deposited(7)], transaction)
      assert.deepEqual(await model.get('1', { transaction }), accounts.balances()['1'])
      assert.deepEqual(await model.get('1'), before)
      await commit()
      await accounts.check(model)
      const rolledBack = await begin(store)
      await store.append('account-1', [deposited(8)], { transaction: rolledBack.transaction })
      await rolledBack.rollback()
      await accounts.check(model)
      await model.stop()
    },

    '[10] inline, a transaction that is under way at the start, and goes on, is not missed': async ({
      open,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      const model = readModel(balancesOf(), store, { mode: 'inline' })
      await model.start()
      await model.stop()
      let starting: Promise<void> | undefined
      await store.transaction(async (transaction) => {
        await accounts.append(store, 'account-1', [deposited(1)], transaction)
        starting = model.start()
        await pause(30)
        await accounts.append(store, 'account-1', [deposited(2)], transaction)
      })
      await starting
      await accounts.check(model)
      await accounts.append(store, 'account-1', [deposited(3)])
      await accounts.check(model)
      assert.ok((await model.audit()).complete, 'complete')
      await model.stop()
    },

    '[10] an append fails as a whole when an inline projection refuses its events': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const model = readModel(Superstitious, store, { mode: 'inline' })
      await model.start()
      await store.append('account-1', [deposited(1)])
      await assert.rejects(store.append('account-1', [deposited(2), deposited(13)]), RangeError)
      const both = [
        { stream: 'account-1', events: [deposited(3)] },
        { stream: 'account-2', events: [deposited(13)] },
      ]
      await assert.rejects(store.appendAll(both), RangeError)
      assert.equal((await store.readLog()).events.length, 1)
      assert.equal(await model.get('1'), 1)
      await store.append('account-1', [deposited(4)])
      assert.equal(await model.get('1'), 5)
      assert.deepEqual(await model.get('2'), undefined)
      await model.stop()
    },

    '[10] inline, events of concurrent writers are applied once each, in the order of the log': async ({
      open,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.write([store], 3)
      const model = readModel(balancesOf(), store, { mode: 'inline' })
      await model.start()
      await accounts.write([store], 10)
      await accounts.check(model)
      assert.deepEqual(
        [(await model.audit()).complete, (await model.check({ all: true })).differences],
        [true, []],
      )
      await model.stop()
    },

    '[10] inline, events of appends that are under way at the start are applied once each': async ({
      open,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.write([store], 1)
      const model = readModel(balancesOf(), store, { mode: 'inline' })
      const writing = accounts.write([store], 6)
      await model.start()
      await writing
      await accounts.check(model)
      await model.stop()
    },

    '[10] inline, events of writers of two instances are applied once each': async ({ openTwo }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      const accounts = new AcknowledgedAccounts()
      const models = stores.map((store) => readModel(balancesOf(), store, { mode: 'inline' }))
      await Promise.all(models.map((model) => model.start()))
      await accounts.write(stores, 10)
      for (const model of models) {
        await accounts.check(model)
        await model.stop()
      }
    },

    '[10] a repeated append is applied once by an inline projection': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const model = readModel(balancesOf(), store, { mode: 'inline' })
      await model.start()
      const events = [deposited(5, { id: crypto.randomUUID() }), deposited(6, { id: crypto.randomUUID() })]
      for (const _ of range(1, 3)) await store.append('account-1', events)
      assert.deepEqual(await model.get('1'), { cents: 11, versions: [1, 2] })
      await model.stop()
    },

    '[10] async, what was appended is read after the wait for it, also by an instance that does not run':
      async ({ open, patience }) => {
        const store = await open()
        documentsOf(store)
        const accounts = new AcknowledgedAccounts()
        const model = readModel(balancesOf(), store, { mode: 'async', ...calm })
        const reader = readModel(balancesOf(), store, { mode: 'async' })
        await model.start()
        for (const cents of range(1, 8)) {
          const { position } = await accounts.append(store, 'account-1', [deposited(cents)])
          await (cents % 2 === 0 ? model : reader).waitFor(position, { timeout: patience })
          assert.deepEqual(await reader.get('1'), accounts.balances()['1'])
        }
        await model.stop()
      },

    '[10] async, two instances compete, stop and die, and every event is applied once': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      for (const round of range(1, 4)) {
        const processes = range(1, 2).map(() => gated(store))
        const models = processes.map(({ store: own }: { readonly store: EventStore }) => {
          return readModel(balancesOf(), own, {
            mode: 'async',
            ...hasty,
            leaseTime: 30,
            partitions: 2,
            batchSize: 2,
          })
        })
        await Promise.all(models.map((model) => model.start()))
        await accounts.write([store], 4)
        processes[round % 2]?.gate.cut()
        await pause(5)
        await Promise.all(models.map((model) => model.stop()))
      }
      await pause(35)
      const last = readModel(balancesOf(), store, { mode: 'async', ...calm })
      await last.start()
      await last.waitFor(await store.head(), { timeout: patience })
      await accounts.check(last)
      assert.equal((await last.audit()).complete, true)
      await last.stop()
    },

    '[10] a read model takes over what another mode has made, and neither repeats nor misses an event':
      async ({ open, patience }) => {
        const store = await open()
        documentsOf(store)
        const accounts = new AcknowledgedAccounts()
        for (const mode of ['async', 'inline', 'async'] as const) {
          await accounts.write([store], 2)
          const model = readModel(balancesOf(), store, { mode, ...calm })
          await model.start()
          await accounts.write([store], 3)
          await model.waitFor(await store.head(), { timeout: patience })
          await accounts.check(model)
          await model.stop()
        }
      },

    '[10] a check finds a document that is not what the events say, and an audit an event that was left out':
      async ({ open, patience }) => {
        const store = await open()
        const documents = documentsOf(store)
        const accounts = new AcknowledgedAccounts()
        const model = readModel(balancesOf(), store, { mode: 'inline', ...calm })
        await model.start()
        await accounts.write([store], 4)
        assert.deepEqual((await model.check({ all: true })).differences, [])
        const number = (await model.status()).current?.number
        const collection = `balances#${number}`
        await documents.write([{ collection, key: '1', data: '{"cents":1,"versions":[]}' }])
        const { differences, checked } = await model.check({ all: true })
        assert.ok(checked >= 3, `${checked} checked`)
        assert.deepEqual(differences, [
          { key: '1', stored: { cents: 1, versions: [] }, expected: accounts.balances()['1'] },
        ])
        assert.equal((await model.audit()).complete, true)
        await gated(store).store.append('account-1', [deposited(1)])
        await accounts.append(store, 'account-2', [deposited(2)])
        const { complete, expected, handled } = await model.audit()
        assert.deepEqual([complete, expected - handled], [false, 1])
        await model.rebuild()
        await model.waitFor(await store.head(), { timeout: patience })
        assert.deepEqual(
          [(await model.audit()).complete, (await model.check({ all: true })).differences],
          [true, []],
        )
        await model.stop()
      },
  },
}
