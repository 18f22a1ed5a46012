import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import { DocumentCollection } from '../document-collection.ts'
import { deposited } from '../facts.ts'
import { checkEmpty, placesOf } from '../read-all.ts'
import { beginStuck, reason } from '../stuck-transaction.ts'
import type { Topic } from '../topic.ts'
import { checkRefused, usesOf } from '../transaction-uses.ts'
import { pause, unheard } from '../wait-until.ts'

/** The store is as before the first append, and works. */
async function checkUntouched(store: EventStore): Promise<void> {
  await checkEmpty(store, 'an aborted transaction')
  if (store.adapter.documents !== undefined) {
    const accounts = new DocumentCollection(store)
    assert.deepEqual(await accounts.find(), [], 'an aborted transaction stored a document')
    assert.equal(await accounts.count([{ field: 'owner' }]), 0)
    await accounts.put('1', 'after', { expected: null })
    await accounts.put('1', undefined, { expected: 'after' })
  }
  await store.append('account-1', [deposited(7)], { expected: 'no-stream' })
  await store.transaction((transaction) =>
    store.append('account-1', [deposited(8)], { transaction, expected: 1 }),
  )
  assert.deepEqual(placesOf((await store.readLog()).events), ['account-1@1', 'account-1@2'])
}

export const transactionOptions: Topic = {
  name: 'transaction options',
  cases: {
    '[11] a transaction that is aborted ends at once and stores nothing, even if its work never ends': async (
      context,
    ) => {
      const store = await context.open()
      const stuck = await beginStuck(store, context)
      assert.equal(stuck.outcome(), 'under way')
      await stuck.abort()
      await checkUntouched(store)
    },

    '[10] work that goes on after the abort is refused, and changes nothing': async (context) => {
      const store = await context.open()
      const stuck = await beginStuck(store, context)
      await stuck.abort()
      await checkRefused(store, stuck.transaction)
      stuck.resume()
      await checkRefused(store, stuck.transaction)
      assert.equal(stuck.outcome(), 'aborted')
      await checkUntouched(store)
    },

    '[10] work that goes on after the abort is refused while another transaction is open, and is no part of it':
      async (context) => {
        const store = await context.open()
        const stuck = await beginStuck(store, context)
        await stuck.abort()
        const next = await context.begin(store)
        await store.append('order-1', [deposited(1)], { transaction: next.transaction })
        await checkRefused(store, stuck.transaction)
        stuck.fail(new Error('too late'))
        await checkRefused(store, stuck.transaction)
        await store.append('order-1', [deposited(2)], { transaction: next.transaction })
        await next.commit()
        assert.deepEqual(placesOf((await store.readLog()).events), ['order-1@1', 'order-1@2'])
        if (store.adapter.documents !== undefined) {
          assert.deepEqual(await new DocumentCollection(store).find(), [])
        }
      },

    '[10] calls of the work that are under way at the abort change nothing': async (context) => {
      const store = await context.open()
      const stuck = await beginStuck(store, context)
      const before = Object.values(usesOf(store, stuck.transaction)).map((use) => unheard(use()))
      const aborted = stuck.abort()
      const after = Object.values(usesOf(store, stuck.transaction)).map((use) => unheard(use()))
      await aborted
      await Promise.allSettled([...before, ...after])
      await checkUntouched(store)
    },

    '[10] an error of the work after the abort is not the error of the transaction': async (context) => {
      const store = await context.open()
      const stuck = await beginStuck(store, context)
      stuck.controller.abort(reason)
      stuck.fail(new Error('too late'))
      await stuck.abort()
      await checkUntouched(store)
    },

    '[11] a transaction that waits for another one ends at once when it is aborted': async ({
      open,
      begin,
      waitUntil,
    }) => {
      const store = await open()
      const first = await begin(store)
      await store.append('account-1', [deposited(1)], { transaction: first.transaction })
      const controller = new AbortController()
      let outcome: unknown
      const work = (transaction: unknown) => store.append('account-1', [deposited(2)], { transaction })
      const waiting = store.adapter.transaction(work, { signal: controller.signal })
      waiting.then(
        () => {
          outcome = 'committed'
        },
        (error) => {
          outcome = error
        },
      )
      await pause(20)
      assert.equal(outcome, undefined)
      controller.abort(reason)
      await waitUntil(() => outcome !== undefined, 'the end of an aborted transaction')
      assert.equal(outcome, reason)
      await first.commit()
      assert.deepEqual(placesOf((await store.readLog()).events), ['account-1@1'])
      await store.append('account-1', [deposited(3)], { expected: 1 })
    },

    '[1] a transaction whose signal has been aborted already does not begin': async ({ open }) => {
      const store = await open()
      for (const aborted of [reason, undefined]) {
        const signal = AbortSignal.abort(aborted)
        const call = store.adapter.transaction(async () => assert.fail('the work was started'), { signal })
        await assert.rejects(call, (error) => error === signal.reason)
      }
      await checkUntouched(store)
    },

    '[1] a signal that aborts after the commit, or never, changes nothing': async ({ open }) => {
      const store = await open()
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const work = (transaction: unknown) => store.append('account-1', [deposited(1)], { transaction })
      const { version } = await store.adapter.transaction(work, options)
      assert.equal(version, 1)
      const failing = store.adapter.transaction(() => Promise.reject(reason), options)
      await assert.rejects(failing, (error) => error === reason)
      controller.abort(new Error('too late'))
      await store.append('account-1', [deposited(2)], { expected: 1 })
      assert.deepEqual(placesOf((await store.readLog()).events), ['account-1@1', 'account-1@2'])
    },

    '[11] closing does not wait for the work of a transaction that was aborted': async (context) => {
      const store = await context.open()
      const stuck = await beginStuck(store, context)
      let closed = false
      const closing = store.close().then(() => {
        closed = true
      })
      await stuck.abort()
      await context.waitUntil(() => closed, 'the end of closing')
      await closing
    },

    '[1] a transaction that does not wait for the disk is stored as a whole, and read at once': async ({
      open,
    }) => {
      const store = await open()
      for (const durable of [false, true, false]) {
        await store.adapter.transaction(
          async (transaction) => {
            await store.append('account-1', [deposited(1)], { transaction })
            await store.append('account-2', [deposited(1)], { transaction })
          },
          { durable },
        )
      }
      const streams = (await store.readLog()).events.map(({ stream }) => stream)
      assert.deepEqual(streams, [
        'account-1',
        'account-2',
        'account-1',
        'account-2',
        'account-1',
        'account-2',
      ])
      const rolledBack = store.adapter.transaction(
        async (transaction) => {
          await store.append('account-1', [deposited(1)], { transaction })
          throw reason
        },
        { durable: false },
      )
      await assert.rejects(rolledBack, (error) => error === reason)
      assert.equal((await store.streamInfo('account-1'))?.version, 3)
    },

    '[1] a transaction that does not wait for the disk is read by another instance at once': async ({
      openTwo,
    }) => {
      const [store, other] = await openTwo()
      const work = (transaction: unknown) => store.append('account-1', [deposited(1)], { transaction })
      await store.adapter.transaction(work, { durable: false })
      assert.equal((await other.readLog()).events.length, 1)
      await other.append('account-1', [deposited(2)], { expected: 1 })
    },
  },
}
