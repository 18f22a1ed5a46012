import assert from 'node:assert/strict'
import { closeStream, type EventStore, isEventfoldError, reopenStream } from '@eventfold/core'
import { range } from '../facts.ts'
import { checkVersions, maintenanceOf, metersIn, used } from '../meter.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { unheard } from '../wait-until.ts'

const closed = { stream: 'meter-1', version: 3 }

async function withClosed(store: EventStore): Promise<void> {
  maintenanceOf(store)
  await store.append('meter-1', used(1, 3))
  await store.append('meter-2', used(1, 1))
  await closeStream(store, 'meter-1')
}

export const closedStreams: Topic = {
  name: 'closed streams',
  cases: {
    '[2] nobody appends to a closed stream, whatever is expected': async ({ open }) => {
      const store = await open()
      await withClosed(store)
      const before = await store.head()
      for (const expected of ['any', 'no-stream', 'stream-exists', 2, 3, 4] as const) {
        for (const events of [used(4, 4), used(4, 5), used(4, 4, { tags: ['unit:a'] })]) {
          await rejectsWith(store.append('meter-1', events, { expected }), 'stream-closed', closed)
        }
        const other = { stream: 'meter-2', events: used(2, 2) }
        const all = store.appendAll([other, { stream: 'meter-1', events: used(4, 4), expected }])
        await rejectsWith(all, 'stream-closed', closed)
        await rejectsWith(
          store.transaction((transaction) => store.append('meter-1', used(4, 4), { expected, transaction })),
          'stream-closed',
          closed,
        )
      }
      assert.equal(await store.head(), before)
      await checkVersions(store, 'meter-1', 1, 3)
      await rejectsWith(metersIn(store).execute('1', 'use', { units: 4 }), 'stream-closed', closed)
    },

    '[2] of appends at once those to closed streams are refused, and the others stored': async ({ open }) => {
      const store = await open()
      await withClosed(store)
      for (const expected of ['any', 'exact', 'mixed'] as const) {
        const appends = range(0, 11).map((number) => {
          const stream = `meter-${expected}${number % 3 === 0 ? '' : number}`
          return { stream, number, isClosed: number % 3 === 0 }
        })
        await store.append(`meter-${expected}`, used(1, 2))
        for (const { stream, isClosed } of appends) if (!isClosed) await store.append(stream, used(1, 2))
        await closeStream(store, `meter-${expected}`)
        const outcomes = await Promise.allSettled(
          appends.map(({ stream, number }) => {
            const isExact = expected === 'exact' || (expected === 'mixed' && number % 2 === 0)
            return store.append(stream, used(3, 3), { expected: isExact ? 2 : 'any' })
          }),
        )
        for (const [index, outcome] of outcomes.entries()) {
          if (!appends[index]?.isClosed) assert.equal(outcome.status, 'fulfilled')
          else assert.ok(outcome.status === 'rejected' && isEventfoldError(outcome.reason, 'stream-closed'))
        }
      }
    },

    '[2] what was acknowledged came before the close, and nothing comes after it': async ({ open }) => {
      const store = await open()
      maintenanceOf(store)
      for (const round of range(1, 5)) {
        const stream = `meter-${round}`
        await store.append(stream, used(1, 1))
        const appends = range(1, 12).map((units) => unheard(store.append(stream, used(units, units))))
        const { version } = await closeStream(store, stream)
        const outcomes = await Promise.allSettled(appends)
        const stored = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
        for (const outcome of outcomes) {
          if (outcome.status === 'fulfilled') assert.ok(outcome.value.version <= version, 'after the close')
          else assert.ok(isEventfoldError(outcome.reason, 'stream-closed'), String(outcome.reason))
        }
        assert.equal(stored.length + 1, version)
        assert.equal((await store.streamInfo(stream))?.version, version)
      }
    },

    '[5] a repetition of what was stored before the close gives the first result': async ({ open }) => {
      const store = await open()
      maintenanceOf(store)
      const events = used(1, 2).map((event) => ({ ...event, id: store.newId() }))
      const first = await store.append('meter-1', events, { expected: 'no-stream' })
      await closeStream(store, 'meter-1', { expected: 2 })
      for (const expected of ['no-stream', 'any', 2] as const) {
        const again = await store.append('meter-1', events, { expected })
        assert.deepEqual(again, { ...first, duplicate: true })
      }
    },

    '[3] a stream that is opened again goes on with its next version': async ({ open }) => {
      const store = await open()
      await withClosed(store)
      assert.equal((await store.streamInfo('meter-1'))?.closed, true)
      assert.equal((await store.streamInfo('meter-2'))?.closed, false)
      assert.equal((await closeStream(store, 'meter-1')).closed, true)
      assert.equal((await metersIn(store).load('1')).state, 6)
      const info = await reopenStream(store, 'meter-1')
      assert.deepEqual([info.closed, info.version, info.firstVersion], [false, 3, 1])
      assert.equal((await store.append('meter-1', used(4, 4), { expected: 3 })).version, 4)
    },

    '[2] a close is refused where the stream is not as expected': async ({ open }) => {
      const store = await open()
      maintenanceOf(store)
      await rejectsWith(closeStream(store, 'meter-1'), 'concurrency', {
        expected: 'stream-exists',
        actual: 0,
      })
      await store.append('meter-1', used(1, 3))
      await rejectsWith(closeStream(store, 'meter-1', { expected: 2 }), 'concurrency', { actual: 3 })
      assert.equal((await store.append('meter-1', used(4, 4), { expected: 3 })).version, 4)
    },

    '[2] a stream that one instance has closed is closed for another': async ({ openTwo }) => {
      const [store, other] = await openTwo()
      await withClosed(store)
      await rejectsWith(other.append('meter-1', used(4, 4), { expected: 3 }), 'stream-closed', closed)
      await reopenStream(other, 'meter-1')
      assert.equal((await store.append('meter-1', used(4, 4))).version, 4)
    },

    '[1] a close that is rolled back has not happened': async ({ open }) => {
      const store = await open()
      const maintenance = maintenanceOf(store)
      await store.append('meter-1', used(1, 1))
      const undone = store.transaction(async (transaction) => {
        await maintenance.setClosed('meter-1', true, transaction)
        throw new RangeError('undone')
      })
      await assert.rejects(undone, RangeError)
      assert.equal((await store.append('meter-1', used(2, 2))).version, 2)
    },
  },
}
