import assert from 'node:assert/strict'
import type { EventStore, ReadStreamOptions } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { collect } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { ContractCase, Topic } from '../topic.ts'

async function versionsOf(store: EventStore, options: ReadStreamOptions = {}): Promise<number[]> {
  return (await store.readStream('account-1', options)).map(({ version }) => version)
}

/** A stream of 7 events among others. */
async function prepare(store: EventStore): Promise<void> {
  await store.append('account-10', deposits(101, 103))
  await store.append('account-1', deposits(1, 4))
  await store.append('account-2', deposits(201, 202))
  await store.append('account-1', deposits(5, 7))
}

type Reading = readonly [options: ReadStreamOptions, versions: readonly number[]]

/** Each must read these versions of 7: as an array, in batches, and in a transaction. */
function reading(...readings: readonly Reading[]): ContractCase {
  return async ({ open }) => {
    const store = await open()
    await prepare(store)
    for (const [options, versions] of readings) {
      const what = JSON.stringify(options)
      assert.deepEqual(await versionsOf(store, options), versions, what)
      const batches = await collect(store.readStreamInBatches('account-1', { ...options, batchSize: 2 }))
      assert.deepEqual(
        batches.flat().map(({ version }) => version),
        versions,
        `${what} in batches`,
      )
      await store.transaction(async (transaction) => {
        assert.deepEqual(
          await versionsOf(store, { ...options, transaction }),
          versions,
          `${what} in a transaction`,
        )
      })
    }
  }
}

export const readStream: Topic = {
  name: 'read stream',
  cases: {
    '[3] a stream is read in the order of its versions, and nothing else with it': async ({ open }) => {
      const store = await open()
      await prepare(store)
      const events = await store.readStream('account-1')
      assert.deepEqual(
        events.map(({ data }) => data),
        range(1, 7).map((cents) => ({ cents })),
      )
      assert.deepEqual(
        events.map(({ version }) => version),
        range(1, 7),
      )
      assert.deepEqual(new Set(events.map(({ stream }) => stream)), new Set(['account-1']))
    },

    '[3] a missing stream is empty, read in any way': async ({ open }) => {
      const store = await open()
      await prepare(store)
      for (const stream of ['account-3', 'account-1x', 'accoun-1']) {
        assert.deepEqual(await store.readStream(stream), [])
        assert.deepEqual(await store.readStream(stream, { backwards: true, limit: 1 }), [])
        assert.deepEqual(await collect(store.readStreamInBatches(stream)), [])
      }
    },

    '[3] a stream is read backwards': reading([{ backwards: true }, [7, 6, 5, 4, 3, 2, 1]]),
    '[3] from and to are inclusive, in either direction': reading(
      [{ from: 3, to: 5 }, [3, 4, 5]],
      [{ from: 3, to: 5, backwards: true }, [5, 4, 3]],
      [{ from: 6 }, [6, 7]],
      [{ from: 6, backwards: true }, [7, 6]],
      [{ to: 2 }, [1, 2]],
      [{ to: 2, backwards: true }, [2, 1]],
      [{ from: 4, to: 4 }, [4]],
    ),
    '[3] bounds may lie behind the end, and nothing lies there': reading(
      [{ from: 7, to: 99 }, [7]],
      [{ to: 99, backwards: true, limit: 1 }, [7]],
      [{ from: 8 }, []],
      [{ from: 8, backwards: true }, []],
      [{ from: 5, to: 4 }, []],
      [{ from: 5, to: 4, backwards: true }, []],
      [{ to: 0 }, []],
    ),
    '[3] a limit counts from where reading begins': reading(
      [{ limit: 3 }, [1, 2, 3]],
      [{ from: 4, limit: 3 }, [4, 5, 6]],
      [{ backwards: true, limit: 3 }, [7, 6, 5]],
      [{ to: 5, backwards: true, limit: 3 }, [5, 4, 3]],
      [{ from: 3, to: 5, limit: 2 }, [3, 4]],
      [{ from: 3, to: 5, limit: 2, backwards: true }, [5, 4]],
      [{ limit: 100 }, [1, 2, 3, 4, 5, 6, 7]],
      [{ limit: 0 }, []],
    ),

    '[14] batches are full except for the last, in either direction': async ({ open }) => {
      const store = await open()
      await prepare(store)
      const versions = async (options: { batchSize: number; backwards?: boolean; limit?: number }) => {
        const batches = await collect(store.readStreamInBatches('account-1', options))
        return batches.map((batch) => batch.map(({ version }) => version))
      }
      assert.deepEqual(await versions({ batchSize: 3 }), [[1, 2, 3], [4, 5, 6], [7]])
      assert.deepEqual(await versions({ batchSize: 3, backwards: true }), [[7, 6, 5], [4, 3, 2], [1]])
      assert.deepEqual(await versions({ batchSize: 3, limit: 4 }), [[1, 2, 3], [4]])
      assert.deepEqual(await versions({ batchSize: 7 }), [[1, 2, 3, 4, 5, 6, 7]])
    },

    '[14] a stream of many pages is read whole, in either direction': async ({ open }) => {
      const store = await open()
      for (const part of range(0, 2))
        await store.append('account-1', deposits(part * 700 + 1, part * 700 + 700))
      assert.deepEqual(await versionsOf(store), range(1, 2100))
      assert.deepEqual(await versionsOf(store, { backwards: true }), range(1, 2100).reverse())
      assert.deepEqual(await versionsOf(store, { from: 500, limit: 1100 }), range(500, 1599))
      const batches = await collect(store.readStreamInBatches('account-1'))
      for (const batch of batches) assert.ok(batch.length <= 1000, `a batch of ${batch.length}`)
    },

    '[14] a reader may leave in the middle, and may be overtaken by appends': async ({ open }) => {
      const store = await open()
      await prepare(store)
      for await (const batch of store.readStreamInBatches('account-1', { batchSize: 2 })) {
        assert.equal(batch.length, 2)
        break
      }
      const versions: number[] = []
      for await (const batch of store.readStreamInBatches('account-1', { batchSize: 4 })) {
        if (versions.length === 0) await store.append('account-1', [deposited(8)])
        versions.push(...batch.map(({ version }) => version))
      }
      assert.deepEqual(versions, range(1, 8))
    },

    '[6] folding reads the same events, with the same content': async ({ open }) => {
      const store = await open()
      await prepare(store)
      const bounds = {
        stream: 'account-1',
        from: 1,
        to: Number.MAX_SAFE_INTEGER,
        backwards: false,
        limit: 1000,
      }
      for (const query of [
        bounds,
        { ...bounds, from: 3, limit: 2 },
        { ...bounds, to: 6, limit: 4, backwards: true },
      ]) {
        const events = await store.adapter.readStream(query)
        const rows = await store.adapter.readFold(query)
        const pick = ({ type, schemaVersion, data }: (typeof rows)[number]) => ({ type, schemaVersion, data })
        assert.ok(events.length > 0)
        assert.deepEqual(rows.map(pick), events.map(pick))
      }
    },

    'bounds of a stream that cannot be are refused': async ({ open }) => {
      const store = await open()
      const wrong: ReadStreamOptions[] = [
        { from: 0 },
        { from: 1.5 },
        { to: -1 },
        { limit: -1 },
        { limit: Number.NaN },
      ]
      for (const options of wrong) {
        await rejectsWith(
          store.readStream('account-1', options),
          'invalid-option',
          {},
          JSON.stringify(options),
        )
      }
    },
  },
}
