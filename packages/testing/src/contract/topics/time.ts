import assert from 'node:assert/strict'
import { deposited, deposits } from '../facts.ts'
import type { Topic } from '../topic.ts'

/** How far the clock of a database may be from that of the test. */
const toleranceMilliseconds = 60_000
/** How far a clock may be set back or forth while a case runs. */
const stepMilliseconds = 1_000

export const time: Topic = {
  name: 'time',
  cases: {
    '[6] an event is recorded with the time of its append, in whole milliseconds': async ({ open }) => {
      const store = await open()
      const before = Date.now() - toleranceMilliseconds
      await store.append('account-1', [deposited(1)])
      await store.transaction((transaction) => store.append('account-1', [deposited(2)], { transaction }))
      const after = Date.now() + toleranceMilliseconds
      const events = await store.readStream('account-1')
      assert.equal(events.length, 2)
      for (const { recordedAt } of events) {
        assert.ok(recordedAt instanceof Date)
        const milliseconds = recordedAt.getTime()
        assert.ok(milliseconds >= before && milliseconds <= after, `recorded at ${recordedAt.toISOString()}`)
      }
      const rows = (
        await store.adapter.readLog({ after: 0, before: 9e15, backwards: false, limit: 9, filter: {} })
      ).events
      for (const { recordedAt } of rows) assert.ok(Number.isInteger(recordedAt), `${recordedAt} ms`)
    },

    '[6] the events of one append do not go back in time': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 50))
      const times = (await store.readStream('account-1')).map(({ recordedAt }) => recordedAt.getTime())
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
    },

    '[6] the time of an event is the same by every way of reading, and stays so': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      const [first] = await store.readStream('account-1')
      const { events } = await store.readLog()
      const info = await store.streamInfo('account-1')
      await store.append('account-1', [deposited(2)])
      const [again] = await store.readStream('account-1')
      assert.deepEqual(
        [events[0]?.recordedAt, info?.firstRecordedAt, info?.lastRecordedAt, again?.recordedAt],
        [first?.recordedAt, first?.recordedAt, first?.recordedAt, first?.recordedAt],
      )
    },

    '[10] the clock of the storage is the one that events are recorded with, in whole milliseconds': async ({
      open,
    }) => {
      const store = await open()
      const before = await store.adapter.now()
      await store.append('account-1', [deposited(1)])
      const after = await store.adapter.now()
      for (const now of [before, after]) assert.ok(Number.isInteger(now), `${now} ms`)
      const recordedAt = (await store.readStream('account-1'))[0]?.recordedAt.getTime() ?? Number.NaN
      assert.ok(recordedAt >= before - stepMilliseconds, `recorded ${before - recordedAt} ms before`)
      assert.ok(recordedAt <= after + stepMilliseconds, `recorded ${recordedAt - after} ms after`)
    },

    '[10] the clock of the storage goes on': async ({ open, waitUntil }) => {
      const { adapter } = await open()
      const before = await adapter.now()
      await waitUntil(async () => (await adapter.now()) > before, 'a later time')
    },

    '[10] the clock of the storage is the same for two instances': async ({ openTwo }) => {
      const stores = await openTwo()
      let last = 0
      for (const { adapter } of [...stores, ...stores, ...stores]) {
        const now = await adapter.now()
        assert.ok(now >= last - stepMilliseconds, `the time went back from ${last} to ${now}`)
        last = now
      }
    },
  },
}
