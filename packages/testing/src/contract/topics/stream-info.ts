import assert from 'node:assert/strict'
import { deposited, deposits } from '../facts.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

export const streamInfo: Topic = {
  name: 'stream info',
  cases: {
    '[3] of a missing stream nothing is known': async ({ open }) => {
      const store = await open()
      await store.append('account-10', [deposited(1)])
      assert.equal(await store.streamInfo('account-1'), undefined)
      await rejectsWith(store.append('account-1', [deposited(1)], { expected: 5 }), 'concurrency', {
        actual: 0,
      })
      assert.equal(await store.streamInfo('account-1'), undefined)
    },

    '[3] version and times of a stream are those of its first and last event': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 3))
      await store.append('account-2', deposits(1, 1))
      await store.append('account-1', deposits(4, 5))
      const events = await store.readStream('account-1')
      assert.deepEqual(await store.streamInfo('account-1'), {
        stream: 'account-1',
        version: 5,
        firstVersion: 1,
        firstRecordedAt: events[0]?.recordedAt,
        lastRecordedAt: events[4]?.recordedAt,
        closed: false,
      })
    },

    '[3] a transaction knows of what it has appended, and nobody else does': async ({ open, begin }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      const { transaction, commit } = await begin(store)
      await store.append('account-1', [deposited(2)], { transaction })
      await store.append('account-2', [deposited(1)], { transaction })
      assert.equal((await store.streamInfo('account-1', { transaction }))?.version, 2)
      assert.equal((await store.streamInfo('account-2', { transaction }))?.version, 1)
      assert.equal((await store.streamInfo('account-1'))?.version, 1)
      assert.equal(await store.streamInfo('account-2'), undefined)
      await commit()
      assert.equal((await store.streamInfo('account-1'))?.version, 2)
      assert.equal((await store.streamInfo('account-2'))?.version, 1)
    },
  },
}
