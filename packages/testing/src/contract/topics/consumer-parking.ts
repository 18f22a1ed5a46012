import assert from 'node:assert/strict'
import { Consumer, type ConsumerOptions, StoreUnavailableError } from '@eventfold/core'
import { calm } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, deposits } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { readLedger } from '../ledger.ts'
import { appendInTurn, isAt, Moody } from '../moody.ts'
import type { Topic } from '../topic.ts'

const park: ConsumerOptions = { ...calm, onFailure: 'park' }

export const consumerParking: Topic = {
  name: 'consumer parking',
  cases: {
    '[11] a parked event holds back its own stream only, and is handled in order when it is tried again':
      async ({ open, waitUntil, patience }) => {
        const store = await open()
        documentsOf(store)
        const moody = new Moody(isAt('account-1', 2))
        const consumer = new Consumer(store, 'mailer', moody.handler(), park)
        await consumer.start()
        await consumer.waitFor(await appendInTurn(store), { timeout: patience })
        assert.deepEqual(moody.journal.versionsOf('account-1'), [1])
        assert.deepEqual(moody.journal.versionsOf('account-2'), [1, 2, 3])
        const parked = await consumer.parked()
        assert.deepEqual(
          parked.map(({ key, version, reason, attempts }) => [key, version, reason, attempts]),
          [
            ['account-1', 2, 'failed', 3],
            ['account-1', 3, 'behind', 0],
          ],
        )
        assert.match(parked[0]?.error?.message ?? '', /not account-1@2/)
        assert.deepEqual([(await consumer.status()).parked, consumer.state], [2, 'live'])
        assert.equal(await consumer.retryParked(), 1)
        await waitUntil(() => moody.attempts >= 4, 'another attempt')
        await store.append('account-1', [deposited(4)])
        await consumer.waitFor(await store.head(), { timeout: patience })
        assert.deepEqual(moody.journal.versionsOf('account-1'), [1])
        moody.failsAt = () => false
        await consumer.retryParked({ key: 'account-1' })
        await waitUntil(async () => (await consumer.status()).parked === 0, 'no parked events')
        await store.append('account-1', [deposited(5)])
        await consumer.waitFor(await store.head(), { timeout: patience })
        moody.journal.check({ 'account-1': 5, 'account-2': 3 })
        await consumer.stop()
      },

    '[11] parked events stay parked over a restart, and can be given up': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const moody = new Moody(isAt('account-1', 2))
      const first = new Consumer(store, 'mailer', moody.handler(), park)
      await first.start()
      await first.waitFor(await appendInTurn(store), { timeout: patience })
      await first.stop()
      const second = new Consumer(store, 'mailer', moody.handler(), park)
      await second.start()
      await store.append('account-1', [deposited(4)])
      await second.waitFor(await store.head(), { timeout: patience })
      const [poison, ...behind] = await second.parked({ key: 'account-1' })
      assert.deepEqual(
        behind.map(({ version }) => version),
        [3, 4],
      )
      const discarded = await second.discardParked({ key: 'account-1', position: poison?.position ?? 0 })
      assert.equal(discarded, 1)
      await second.retryParked()
      await waitUntil(async () => (await second.status()).parked === 0, 'no parked events')
      assert.deepEqual(moody.journal.versionsOf('account-1'), [1, 3, 4])
      moody.failsAt = isAt('account-1', 5)
      await store.append('account-1', deposits(5, 7))
      await second.waitFor(await store.head(), { timeout: patience })
      assert.equal(await second.discardParked(), 3)
      await store.append('account-1', [deposited(8)])
      await waitUntil(() => moody.journal.versionsOf('account-1').at(-1) === 8, 'events that flow again')
      assert.deepEqual(moody.journal.versionsOf('account-1'), [1, 3, 4, 8])
      await second.stop()
    },

    '[11] a parked event of a read model is applied once and in order, and others are not held back': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const moody = new Moody(isAt('account-1', 2))
      const consumer = new Consumer(store, 'ledger', moody.ledger(store), { ...park, batchSize: 10 })
      const position = await appendInTurn(store)
      await consumer.start()
      await consumer.waitFor(position, { timeout: patience })
      assert.deepEqual(await readLedger(store), { 'account-1': [1], 'account-2': [1, 2, 3] })
      moody.failsAt = () => false
      await consumer.retryParked()
      await waitUntil(async () => (await consumer.status()).parked === 0, 'no parked events')
      await store.append('account-1', [deposited(4)])
      await consumer.waitFor(await store.head(), { timeout: patience })
      assert.deepEqual(await readLedger(store), { 'account-1': [1, 2, 3, 4], 'account-2': [1, 2, 3] })
      await consumer.stop()
    },

    '[11] an event is parked together with the checkpoint, also when the reply of that is lost': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      const { store: unreliable, gate } = gated(store)
      const moody = new Moody(isAt('account-1', 2))
      const consumer = new Consumer(unreliable, 'mailer', moody.handler(), park)
      await consumer.start()
      let count = 0
      gate.onCommit = (when) => {
        if (when === 'after' && ++count % 2 === 1) throw new StoreUnavailableError('unknown', 'as planned')
      }
      await consumer.waitFor(await appendInTurn(store), { timeout: patience })
      assert.equal((await consumer.parked()).length, 2)
      moody.failsAt = () => false
      // Whoever asks from elsewhere loses no reply.
      await new Consumer(store, 'mailer', moody.handler(), park).retryParked()
      await waitUntil(async () => (await consumer.status()).parked === 0, 'no parked events')
      gate.onCommit = () => {}
      await consumer.stop()
      moody.journal.checkWithRepeats({ 'account-1': 3, 'account-2': 3 })
    },
  },
}
