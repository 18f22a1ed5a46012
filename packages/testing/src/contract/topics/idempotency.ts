import assert from 'node:assert/strict'
import type { ExpectedVersion, NewEvent } from '@eventfold/core'
import { deposited, deposits } from '../facts.ts'
import { readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

const expectations: readonly ExpectedVersion[] = ['any', 'no-stream', 'stream-exists', 2, 1]

const otherContents: readonly Partial<NewEvent>[] = [
  { data: { cents: 2 } },
  { data: null },
  { type: 'MoneyWithdrawn' },
  { schemaVersion: 2 },
  { tags: ['b', 'c'] },
  { tags: ['b'] },
  { tags: [] },
]

export const idempotency: Topic = {
  name: 'idempotency',
  cases: {
    ...Object.fromEntries(
      expectations.map((expected) => [
        `[5] a retry that expects ${expected} gives the first result, also after further events`,
        async ({ open }) => {
          const store = await open()
          const ids = [store.newId(), store.newId()] as const
          const events = [deposited(1, { id: ids[0] }), deposited(2, { id: ids[1] })]
          if (expected !== 'no-stream') await store.append('account-1', deposits(-1, 0))
          // Version 1 never held: a retry is recognised before its expectation is looked at.
          const first = await store.append('account-1', events, { expected: expected === 1 ? 2 : expected })
          assert.equal(first.duplicate, false)
          assert.deepEqual(await store.append('account-1', events, { expected }), {
            ...first,
            duplicate: true,
          })
          await store.append('account-1', deposits(3, 4))
          assert.deepEqual(await store.append('account-1', events, { expected }), {
            ...first,
            duplicate: true,
          })
          const stored = await readLogByPages(store)
          assert.equal(stored.filter(({ id }) => ids.some((own) => own === id)).length, 2)
          assert.equal(stored.length, first.version + 2)
        },
      ]),
    ),

    '[5] an id that comes again with another type, schema version, data or tags is an error': async ({
      open,
    }) => {
      const store = await open()
      const id = store.newId()
      const event = deposited(1, { id, tags: ['a', 'b'] })
      await store.append('account-1', [event])
      const before = await store.readStream('account-1')
      for (const change of otherContents) {
        const call = store.append('account-1', [{ ...event, ...change }])
        const taken = { eventId: id, stream: 'account-1' }
        await rejectsWith(call, 'event-id-conflict', taken, JSON.stringify(change))
      }
      assert.deepEqual(await store.readStream('account-1'), before)
    },

    '[5] an id that comes again with other metadata, or tags in another order, is a retry': async ({
      open,
    }) => {
      const store = await open()
      const event = deposited(1, { id: store.newId(), tags: ['a', 'b'], metadata: { actor: 'ada' } })
      const first = await store.append('account-1', [event])
      const before = await store.readStream('account-1')
      for (const change of [{ metadata: { actor: 'bob' } }, { metadata: {} }, { tags: ['b', 'a'] }]) {
        const again = await store.append('account-1', [{ ...event, ...change }])
        assert.deepEqual(again, { ...first, duplicate: true })
      }
      assert.deepEqual(await store.readStream('account-1'), before)
    },

    '[5] a stored event together with a new one is an error, whichever comes first': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      await store.append('account-1', [deposited(1, { id })])
      const taken = { eventId: id, stream: 'account-1' }
      await rejectsWith(
        store.append('account-1', [deposited(1, { id }), deposited(2)]),
        'event-id-conflict',
        taken,
      )
      await rejectsWith(
        store.append('account-1', [deposited(2), deposited(1, { id })]),
        'event-id-conflict',
        taken,
      )
      assert.equal((await store.readLog()).events.length, 1)
    },

    '[5] an id of another stream is an error, and names that stream': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      await store.append('account-1', [deposited(1, { id })])
      const call = store.append('account-2', [deposited(1, { id })], { expected: 'no-stream' })
      await rejectsWith(call, 'event-id-conflict', {
        name: 'EventIdConflictError',
        eventId: id,
        stream: 'account-1',
      })
      assert.equal(await store.streamInfo('account-2'), undefined)
    },

    '[5] stored events in another order, or not next to each other, are an error': async ({ open }) => {
      const store = await open()
      const events = [1, 2, 3].map((cents) => deposited(cents, { id: store.newId() }))
      const [one, two, three] = events as [NewEvent, NewEvent, NewEvent]
      await store.append('account-1', events)
      const inStream = { stream: 'account-1' }
      await rejectsWith(store.append('account-1', [two, one, three]), 'event-id-conflict', inStream)
      await rejectsWith(store.append('account-1', [one, three]), 'event-id-conflict', inStream)
      assert.equal((await store.readLog()).events.length, 3)
    },

    '[5] an id in upper case is the same id': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      const first = await store.append('account-1', [deposited(1, { id: id.toUpperCase() })])
      assert.deepEqual(first.eventIds, [id.toLowerCase()])
      assert.deepEqual(await store.append('account-1', [deposited(1, { id })]), { ...first, duplicate: true })
    },

    '[5] a retry on several streams gives the first result of each': async ({ open }) => {
      const store = await open()
      const appends = ['account-1', 'account-2'].map((stream) => ({
        stream,
        events: [1, 2].map((cents) => deposited(cents, { id: store.newId() })),
        expected: 'no-stream' as const,
      }))
      const first = await store.appendAll(appends)
      await store.append('account-1', deposits(3, 4))
      const again = await store.appendAll(appends)
      assert.deepEqual(
        again,
        first.map((result) => ({ ...result, duplicate: true })),
      )
      assert.equal((await store.readLog()).events.length, 6)
    },

    '[5] events that are stored for one stream and new for another are an error': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      await store.append('account-1', [deposited(1, { id })])
      for (const streams of [
        ['account-1', 'account-2'],
        ['account-2', 'account-1'],
      ]) {
        const appends = streams.map((stream) => ({
          stream,
          events: stream === 'account-1' ? [deposited(1, { id })] : [deposited(1)],
        }))
        await rejectsWith(store.appendAll(appends), 'event-id-conflict', { eventId: id, stream: 'account-1' })
      }
      assert.equal((await store.readLog()).events.length, 1)
    },

    '[5] an append that failed leaves its ids free': async ({ open }) => {
      const store = await open()
      const events = [deposited(1, { id: store.newId() })]
      await rejectsWith(store.append('account-1', events, { expected: 3 }), 'concurrency', { actual: 0 })
      const { duplicate, version } = await store.append('account-1', events, { expected: 'no-stream' })
      assert.deepEqual({ duplicate, version }, { duplicate: false, version: 1 })
    },

    '[5] a transaction that was rolled back leaves its ids free': async ({ open, begin }) => {
      const store = await open()
      const events = [deposited(1, { id: store.newId() })]
      const { transaction, rollback } = await begin(store)
      await store.append('account-1', events, { transaction })
      await rollback()
      const { duplicate, version } = await store.append('account-2', events)
      assert.deepEqual({ duplicate, version }, { duplicate: false, version: 1 })
    },

    '[5] a retry within a transaction gives the first result, of before or of the transaction itself':
      async ({ open }) => {
        const store = await open()
        const before = [deposited(1, { id: store.newId() })]
        const own = [deposited(2, { id: store.newId() })]
        const first = await store.append('account-1', before)
        await store.transaction(async (transaction) => {
          assert.deepEqual(await store.append('account-1', before, { transaction }), {
            ...first,
            duplicate: true,
          })
          const second = await store.append('account-1', own, { transaction })
          assert.deepEqual(await store.append('account-1', own, { transaction }), {
            ...second,
            duplicate: true,
          })
        })
        assert.equal((await store.readStream('account-1')).length, 2)
      },

    '[5] a new event with a stale expectation is a conflict, not a retry': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)], { expected: 'no-stream' })
      const call = store.append('account-1', [deposited(1)], { expected: 'no-stream' })
      await rejectsWith(call, 'concurrency', { expected: 'no-stream', actual: 1 })
    },
  },
}
