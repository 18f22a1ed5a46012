import assert from 'node:assert/strict'
import { type EventStore, readModel } from '@eventfold/core'
import { AcknowledgedAccounts, type Balance, balancesOf } from '../balances.ts'
import { calm } from '../consumer-settings.ts'
import { documentsOf } from '../document-collection.ts'
import { deposited, deposits, range } from '../facts.ts'
import { gated } from '../gated-adapter.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { readDuring, unheard } from '../wait-until.ts'

const async = { mode: 'async', ...calm } as const

export const projectionRebuild: Topic = {
  name: 'projection rebuild',
  cases: {
    '[10] a rebuild while writers append serves the old documents, then the new, and never goes back':
      async ({ open, patience }) => {
        const store = await open()
        documentsOf(store)
        const accounts = new AcknowledgedAccounts()
        await accounts.append(store, 'account-steady', deposits(1, 30))
        await accounts.write([store], 5)
        const model = readModel(balancesOf(), store, async)
        await model.start()
        await model.waitFor(await store.head(), { timeout: patience })
        let reached = 30
        const reports: number[] = []
        const work = async () => {
          const writing = (async () => {
            for (const cents of range(1, 15)) {
              await accounts.append(store, 'account-steady', [deposited(cents)])
              await accounts.write([store], 1)
            }
          })()
          const onProgress = ({ done }: { readonly done: number }) => void reports.push(done)
          await model.rebuild({ partitions: 3, onProgress })
          await writing
        }
        await readDuring(work(), async () => {
          const { versions = [] } = (await model.get('steady')) ?? {}
          assert.ok(versions.length >= reached, `it went back from ${reached} to ${versions.length} events`)
          reached = versions.length
        })
        await model.waitFor(await store.head(), { timeout: patience })
        await accounts.check(model)
        assert.ok(reports.length >= 2 && (reports.at(-1) ?? 0) > 0, `progress: ${reports}`)
        const { current, building } = await model.status()
        assert.deepEqual([current?.number, building], [2, undefined])
        assert.deepEqual(
          [(await model.audit()).complete, (await model.check({ all: true })).differences],
          [true, []],
        )
        await model.stop()
      },

    '[10] an inline read model is rebuilt while writers append': async ({ open }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      const model = readModel(balancesOf(), store, { mode: 'inline', ...calm })
      await model.start()
      await accounts.write([store], 5)
      const rebuilding = model.rebuild()
      await accounts.write([store], 6)
      await rebuilding
      await accounts.check(model)
      await accounts.write([store], 2)
      await accounts.check(model)
      assert.equal((await model.status()).current?.number, 2)
      await model.stop()
    },

    '[10] two instances that rebuild at once end with the same documents': async ({ openTwo, patience }) => {
      const stores = await openTwo()
      documentsOf(stores[0])
      const accounts = new AcknowledgedAccounts()
      await accounts.write(stores, 6)
      const models = stores.map((store) => readModel(balancesOf(), store, async))
      for (const model of models) await model.start()
      const rebuilding = models.map((model) => model.rebuild({ partitions: 2 }))
      await accounts.write(stores, 4)
      await Promise.all(rebuilding)
      for (const model of models) {
        await model.waitFor(await stores[0].head(), { timeout: patience })
        await accounts.check(model)
      }
      for (const model of models) await model.stop()
    },

    '[10] a newer version is built beside the old one, which serves until then, and ends afterwards': async ({
      open,
      waitUntil,
      patience,
    }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.write([store], 6)
      const old = readModel(balancesOf('balances', 1), store, { ...async, followInterval: 20 })
      await old.start()
      await old.waitFor(await store.head(), { timeout: patience })
      await accounts.check(old)
      const next = readModel(balancesOf('balances', 2, 10), store, { ...async, followInterval: 20 })
      const starting = next.start()
      await accounts.write([store], 4)
      await starting
      await waitUntil(async () => (await next.status()).current?.version === 2, 'the new version')
      await next.waitFor(await store.head(), { timeout: patience })
      await accounts.check(next, 10)
      await waitUntil(async () => !(await old.status()).running, 'the end of the old version')
      await rejectsWith(old.start(), 'projection-superseded', { version: 1, current: 2 })
      await next.stop()
      await old.stop()
    },

    '[10] a rebuild goes on where a process died': async ({ open, waitUntil, patience }) => {
      const store = await open()
      const { store: dying, gate } = gated(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.append(store, 'account-1', deposits(1, 40))
      const options = { ...async, leaseTime: 30, batchSize: 5 }
      const model = readModel(balancesOf(), store, options)
      await model.start()
      await model.waitFor(await store.head(), { timeout: patience })
      let commits = 0
      gate.onCommit = (when) => {
        if (when === 'before' && ++commits === 6) gate.cut()
      }
      await assert.rejects(readModel(balancesOf(), dying, options).rebuild())
      await waitUntil(async () => (await model.status()).building?.number === 2, 'what was built')
      await accounts.append(store, 'account-1', [deposited(41)])
      await model.rebuild()
      await accounts.check(model)
      assert.equal((await model.status()).current?.number, 2)
      await model.stop()
    },

    '[10] a rebuild that is cancelled leaves what serves as it is': async ({ open, patience }) => {
      const store = await open()
      const { store: own, gate } = gated(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.write([store], 6)
      const model = readModel(balancesOf(), store, async)
      await model.start()
      const rebuilding = readModel(balancesOf(), own, { ...async, batchSize: 5 })
      const { transaction } = gate
      let isCancelled = false
      gate.transaction = async (work, options) => {
        if (!isCancelled && (await model.status()).building !== undefined) {
          isCancelled = await model.cancelRebuild()
        }
        return transaction.call(gate, work, options) as never
      }
      await rejectsWith(rebuilding.rebuild({ progressInterval: 5 }), 'rebuild-cancelled')
      assert.deepEqual([isCancelled, (await model.status()).building], [true, undefined])
      assert.equal(await model.cancelRebuild(), false)
      await model.waitFor(await store.head(), { timeout: patience })
      await accounts.check(model)
      assert.equal((await model.status()).current?.number, 1)
      await model.stop()
    },

    '[10] a dry run tells what a rebuild would change, and changes nothing': async ({ open, patience }) => {
      const store = await open()
      documentsOf(store)
      const accounts = new AcknowledgedAccounts()
      await accounts.write([store], 6)
      const model = readModel(balancesOf(), store, async)
      await model.start()
      await model.waitFor(await store.head(), { timeout: patience })
      const writing = unheard(accounts.write([store], 4))
      assert.deepEqual(await differencesOf(model.dryRun()), {})
      await writing
      await model.cancelRebuild()
      const changed = readModel(balancesOf('balances', 1, 10), store as EventStore, async)
      await model.waitFor(await store.head(), { timeout: patience })
      const expected = accounts.balances(10)
      assert.deepEqual(await differencesOf(changed.dryRun()), expected)
      await accounts.check(model)
      await changed.rebuild()
      await changed.waitFor(await store.head(), { timeout: patience })
      await accounts.check(changed, 10)
      await model.stop()
    },
  },
}

/** What a dry run would give instead of what is there, by key. */
async function differencesOf(
  dryRun: Promise<{
    readonly different: number
    readonly unsettled: number
    readonly differences: readonly { readonly key: string; readonly rebuilt: Balance | undefined }[]
  }>,
): Promise<Record<string, Balance | undefined>> {
  const { different, differences, unsettled } = await dryRun
  assert.deepEqual([differences.length, unsettled], [different, 0])
  return Object.fromEntries(differences.map(({ key, rebuilt }) => [key, rebuilt]))
}
