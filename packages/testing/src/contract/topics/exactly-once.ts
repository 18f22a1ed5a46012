import { Consumer, type EventStore, type Processor, StoreUnavailableError } from '@eventfold/core'
import { appendFrom } from '../append-from.ts'
import { calm, hasty } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposits, range } from '../facts.ts'
import { type GatedAdapter, gated } from '../gated-adapter.ts'
import { checkLedger, ledgerOf, readLedger } from '../ledger.ts'
import type { Topic } from '../topic.ts'
import { pause, unheard } from '../wait-until.ts'

/** A processor that calls back in its transaction, when it has written everything. */
function withCallback(processor: Processor, callback: (call: number) => unknown): Processor {
  let call = 0
  return {
    apply: async (deliveries, transaction, context) => {
      await processor.apply?.(deliveries, transaction, context)
      await callback(++call)
    },
  }
}

/** Runs a consumer of a ledger until everything that is in the log is applied. */
async function finish(store: EventStore, patience: number): Promise<void> {
  const consumer = new Consumer(store, 'ledger', ledgerOf(store), calm)
  await consumer.start()
  await consumer.waitFor(await store.head(), { timeout: patience })
  await consumer.stop()
}

/** Applies with commits whose replies get lost, or that fail, every now and then. */
async function applyWithLostCommits(
  store: EventStore,
  patience: number,
  lose: (gate: GatedAdapter) => GatedAdapter['onCommit'],
): Promise<void> {
  const { store: unreliable, gate } = gated(store)
  const consumer = new Consumer(unreliable, 'ledger', ledgerOf(unreliable), { ...calm, batchSize: 4 })
  await consumer.start()
  gate.onCommit = lose(gate)
  const versions = await appendFrom([store], 6)
  await consumer.waitFor(await store.head(), { timeout: patience })
  gate.onCommit = () => {}
  await consumer.stop()
  await checkLedger(store, versions)
}

export const exactlyOnce: Topic = {
  name: 'exactly once',
  cases: {
    '[10] a read model has every event once, over restarts, while writers append': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      let versions: Record<string, number> = {}
      for (const _ of range(1, 4)) {
        const consumer = new Consumer(store, 'ledger', ledgerOf(store), { ...calm, batchSize: 3 })
        const appending = appendFrom([store], 3, versions)
        await consumer.start()
        await pause(2)
        await consumer.stop()
        versions = await appending
      }
      await finish(store, patience)
      await checkLedger(store, versions)
    },

    '[10] a read model has every event once while two instances compete for it': async ({
      openTwo,
      patience,
    }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      let isOver = false
      const instances = stores.map(async (store) => {
        while (!isOver) {
          const options = { ...hasty, leaseTime: 20, batchSize: 3 }
          const consumer = new Consumer(store, 'ledger', ledgerOf(store), options)
          await consumer.start()
          await pause(15)
          await consumer.stop()
        }
      })
      const versions = await appendFrom(stores, 10)
      await pause(50)
      isOver = true
      await Promise.all(instances)
      await finish(stores[0], patience)
      await checkLedger(stores[0], versions)
    },

    '[10] an instance that stood still beyond its lease changes nothing when it goes on': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      const { store: sleepy, gate } = gated(store)
      const first = await appendFrom([store], 5)
      const falling = withCallback(ledgerOf(sleepy), (call) => call === 2 && gate.freeze())
      const zombie = new Consumer(sleepy, 'ledger', falling, { ...hasty, batchSize: 3 })
      // It may stand still before it has started.
      const starting = unheard(zombie.start())
      await waitUntil(() => gate.waiting > 0, 'an instance that stands still')
      const heir = new Consumer(store, 'ledger', ledgerOf(store), hasty)
      await heir.start()
      await heir.waitFor(await store.head(), { timeout: patience })
      gate.thaw()
      await starting
      await pause(20)
      const versions = await appendFrom([store], 2, first)
      await heir.waitFor(await store.head(), { timeout: patience })
      await zombie.stop()
      await heir.stop()
      await checkLedger(store, versions)
    },

    '[10] documents and checkpoint are committed together, or not at all, when a process dies': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      let versions: Record<string, number> = {}
      for (const call of range(1, 6)) {
        versions = await appendFrom([store], 2, versions)
        const { store: dying, gate } = gated(store)
        let hasDied = false
        const die = () => {
          hasDied = true
          gate.cut()
        }
        // In turn before the commit, and just after it.
        const dead = new Consumer(
          dying,
          'ledger',
          withCallback(ledgerOf(dying), () => {
            if (call % 2 === 0) die()
            else gate.onCommit = (when) => when === 'after' && die()
          }),
          { ...hasty, leaseTime: 20, batchSize: 2 },
        )
        await dead.start().catch(() => {})
        await waitUntil(() => hasDied, 'the death of an instance')
        await dead.stop()
      }
      await pause(25)
      await finish(store, patience)
      await checkLedger(store, versions)
    },

    '[10] documents and checkpoint are rolled back together when a handler fails': async ({
      open,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const failing = withCallback(ledgerOf(store), (call) => {
        if (call % 3 !== 0) throw new Error('as planned')
      })
      const consumer = new Consumer(store, 'ledger', failing, { ...calm, batchSize: 4 })
      await consumer.start()
      const versions = await appendFrom([store], 4)
      await consumer.waitFor(await store.head(), { timeout: patience })
      await consumer.stop()
      await checkLedger(store, versions)
    },

    '[10] a commit whose reply is lost is not repeated': async ({ open, patience }) => {
      let count = 0
      await applyWithLostCommits(await open(), patience, () => (when) => {
        if (when === 'after' && ++count % 4 === 1) throw new StoreUnavailableError('unknown', 'as planned')
      })
    },

    '[10] a commit of which nobody knows that it has failed is repeated': async ({ open, patience }) => {
      let count = 0
      await applyWithLostCommits(await open(), patience, () => (when) => {
        if (when === 'before' && ++count % 4 === 1) throw new StoreUnavailableError('unknown', 'as planned')
      })
    },

    '[10] nothing of a batch is visible before its commit': async ({ open, waitUntil, patience }) => {
      const store = await open()
      documentsOf(store)
      const reached = Promise.withResolvers<void>()
      const hold = Promise.withResolvers<void>()
      const slow = withCallback(ledgerOf(store), async () => {
        reached.resolve()
        await hold.promise
      })
      const { position } = await store.append('account-1', deposits(1, 3))
      const consumer = new Consumer(store, 'ledger', slow, calm)
      await consumer.start()
      await reached.promise
      const before = await readLedger(store)
      hold.resolve()
      await waitUntil(async () => (await readLedger(store))['account-1']?.length === 3, 'the documents')
      await consumer.waitFor(position, { timeout: patience })
      await consumer.stop()
      if (Object.keys(before).length > 0) throw new Error(`visible too early: ${JSON.stringify(before)}`)
    },
  },
}
