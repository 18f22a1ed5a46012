import assert from 'node:assert/strict'
import { Consumer, type ConsumerOptions, StoreUnavailableError } from '@eventfold/core'
import { calm } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { Journal } from '../journal.ts'
import { ledgerOf, readLedger } from '../ledger.ts'
import { appendInTurn, isAt, Moody } from '../moody.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

const park: ConsumerOptions = { ...calm, onFailure: 'park' }

export const consumerFailures: Topic = {
  name: 'consumer failures',
  cases: {
    '[11] an event that fails is tried as often as configured, and what passes by itself goes on': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const moody = new Moody((event) => isAt('account-1', 2)(event) && moody.attempts < 2)
      const consumer = new Consumer(store, 'mailer', moody.handler(), calm)
      await consumer.start()
      await consumer.waitFor(await appendInTurn(store), { timeout: patience })
      moody.journal.check({ 'account-1': 3, 'account-2': 3 })
      assert.equal(moody.attempts, 2)
      await consumer.stop()
    },

    '[11] by default a failed event stops the consumer, visibly, and a start tries again': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const moody = new Moody(isAt('account-1', 2))
      const consumer = new Consumer(store, 'mailer', moody.handler(), calm)
      await consumer.start()
      const position = await appendInTurn(store)
      await waitUntil(() => consumer.state === 'failed', 'the failure')
      assert.equal(moody.attempts, 3)
      await rejectsWith(consumer.waitFor(position, { timeout: patience }), 'consumer-failed')
      const elsewhere = new Consumer(store, 'mailer', moody.handler(), calm)
      for (const each of [consumer, elsewhere]) {
        const { state, healthy, error, lag } = await each.status()
        assert.deepEqual([state, healthy, error?.name], ['failed', false, 'RangeError'])
        assert.match(error?.message ?? '', /not account-1@2/)
        assert.ok(lag.events > 0, 'a lag')
      }
      assert.deepEqual(moody.journal.versionsOf('account-2'), [1])
      await consumer.stop()
      moody.failsAt = () => false
      await elsewhere.start()
      await elsewhere.waitFor(position, { timeout: patience })
      const { state, healthy, error } = await elsewhere.status()
      assert.deepEqual([state, healthy, error], ['live', true, undefined])
      moody.journal.check({ 'account-1': 3, 'account-2': 3 })
      await elsewhere.stop()
    },

    '[11] a skipped event is counted, and everything else is handled': async ({ open, patience }) => {
      const store = await open()
      documentsOf(store)
      const moody = new Moody(isAt('account-1', 2))
      const errors: unknown[] = []
      const consumer = new Consumer(store, 'mailer', moody.handler(), {
        ...calm,
        onFailure: 'skip',
        onError: (error) => errors.push(error),
      })
      await consumer.start()
      await consumer.waitFor(await appendInTurn(store), { timeout: patience })
      assert.deepEqual(moody.journal.versionsOf('account-1'), [1, 3])
      assert.deepEqual(moody.journal.versionsOf('account-2'), [1, 2, 3])
      assert.equal(errors.length, 3)
      const { state, parked } = await consumer.status()
      await consumer.stop()
      const [partition] = (await consumer.status()).partitions
      assert.deepEqual([state, parked, partition?.skipped, partition?.handled], ['live', 0, 1, 5])
    },

    '[11] an error that passes by itself is no failure of the event, however long it takes': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      let attempts = 0
      const handle = () => {
        if (++attempts <= 8) throw new StoreUnavailableError('not-stored', 'as planned')
      }
      const states: string[] = []
      const consumer = new Consumer(
        store,
        'mailer',
        { handle },
        {
          ...calm,
          onStateChange: ({ to }) => states.push(to),
        },
      )
      await consumer.start()
      const { position } = await store.append('account-1', [deposited(1)])
      await consumer.waitFor(position, { timeout: patience })
      assert.equal(attempts, 9)
      assert.ok(states.includes('retrying'), `states: ${states}`)
      await consumer.stop()
      assert.equal((await consumer.status()).partitions[0]?.handled, 1)
    },

    '[11] a handler that does not end is aborted, counts as failed, and what it does later has no effect':
      async ({ open, patience }) => {
        const store = await open()
        documentsOf(store)
        const journal = new Journal()
        const { handle } = journal.handler()
        const aborted: unknown[] = []
        const consumer = new Consumer(
          store,
          'mailer',
          {
            handle: (delivery, context) => {
              if (!isAt('account-1', 2)(delivery.event)) return handle?.(delivery, context)
              return new Promise((resolve) => {
                context.signal.addEventListener('abort', () => {
                  aborted.push(context.signal.reason)
                  setTimeout(resolve, 5)
                })
              })
            },
          },
          { ...park, handlerTimeout: 20, retry: { attempts: 1 } },
        )
        await consumer.start()
        await consumer.waitFor(await appendInTurn(store), { timeout: patience })
        const parked = await consumer.parked()
        assert.deepEqual(
          parked.map(({ version, error }) => [version, error?.code]),
          [
            [2, 'handler-timeout'],
            [3, undefined],
          ],
        )
        assert.equal(aborted.length, 1)
        await pause(10)
        assert.deepEqual(journal.versionsOf('account-1'), [1])
        assert.deepEqual(journal.versionsOf('account-2'), [1, 2, 3])
        await consumer.stop()
      },

    '[11] a transaction whose handler does not end is rolled back, and what it writes later comes to nothing':
      async ({ open, waitUntil, patience }) => {
        const store = await open()
        documentsOf(store)
        const { apply } = ledgerOf(store)
        const late: PromiseSettledResult<unknown>[] = []
        const held = Promise.withResolvers<void>()
        const consumer = new Consumer(
          store,
          'ledger',
          {
            apply: async (deliveries, transaction, context) => {
              await apply?.(deliveries, transaction, context)
              if (!deliveries.some(({ event }) => isAt('account-1', 2)(event))) return
              await held.promise
              late.push(...(await Promise.allSettled([apply?.(deliveries, transaction, context)])))
            },
          },
          { ...park, handlerTimeout: 20, retry: { attempts: 1 }, batchSize: 1 },
        )
        await consumer.start()
        await consumer.waitFor(await appendInTurn(store), { timeout: patience })
        const parked = await consumer.parked()
        assert.deepEqual([parked[0]?.version, parked[0]?.error?.code], [2, 'handler-timeout'])
        held.resolve()
        await waitUntil(() => late.length > 0, 'what is written late')
        assert.deepEqual(await readLedger(store), { 'account-1': [1], 'account-2': [1, 2, 3] })
        await consumer.stop()
      },

    '[11] a store that cannot be reached for a while is visible, and nothing is lost by it': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      const { store: unreliable, gate } = gated(store)
      const journal = new Journal()
      const consumer = new Consumer(unreliable, 'mailer', journal.handler(), { ...calm, leaseTime: 3_000 })
      await consumer.start()
      const { readLog, transaction } = gate
      let calls = 0
      const fail = async (): Promise<never> => {
        calls++
        throw new StoreUnavailableError('not-stored', 'as planned')
      }
      Object.assign(gate, { readLog: fail, transaction: fail })
      const position = await appendInTurn(store)
      await waitUntil(() => calls > 2 && consumer.state === 'retrying', 'a visible trouble')
      Object.assign(gate, { readLog, transaction })
      await consumer.waitFor(position, { timeout: patience })
      journal.check({ 'account-1': 3, 'account-2': 3 })
      await waitUntil(() => consumer.state === 'live', 'an end of the trouble')
      await consumer.stop()
    },
  },
}
