import assert from 'node:assert/strict'
import type { EventStore, NewEvent, RecordedEvent } from '@eventfold/core'
import { deposited } from '../facts.ts'
import type { Topic } from '../topic.ts'
import { pause } from '../wait-until.ts'

/** Changes everything in a value that lets itself be changed. */
function vandalise(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Date) {
    value.setTime(0)
    return
  }
  for (const key of Object.keys(value)) {
    vandalise(Reflect.get(value, key))
    // Fails silently on what is frozen.
    Reflect.set(value, key, 'vandalised')
  }
  Reflect.set(value, 'added', 'vandalised')
  if (Array.isArray(value) && Object.isExtensible(value)) value.push('vandalised')
}

function sample(): NewEvent {
  const data = { cents: 5, list: [1, { deep: 'x' }], empty: {}, none: [] }
  return { type: 'MoneyDeposited', data, metadata: { actor: 'ada', free: { list: [1] } }, tags: ['a', 'b'] }
}

/** Every way to read the events of the store, anew. */
async function readEverything(store: EventStore): Promise<readonly (readonly RecordedEvent[])[]> {
  return [
    await store.readStream('account-1'),
    (await store.readLog()).events,
    await store.transaction((transaction) => store.readStream('account-1', { transaction })),
  ]
}

export const isolation: Topic = {
  name: 'isolation',
  cases: {
    '[8] changing what was given to an append changes no history': async ({ open }) => {
      const store = await open()
      const events = [sample(), sample()]
      const options = { metadata: { correlationId: 'c', more: { list: [1] } } }
      const call = store.append('account-1', events, options)
      vandalise(events)
      vandalise(options)
      await call
      vandalise(events)
      vandalise(options)
      for (const read of await readEverything(store)) {
        assert.equal(read.length, 2)
        for (const { data, metadata, tags } of read) {
          const given = sample()
          assert.deepEqual({ data, tags }, { data: given.data, tags: given.tags })
          assert.deepEqual(metadata, { correlationId: 'c', more: { list: [1] }, ...given.metadata })
        }
      }
    },

    '[8] changing what was given to an append of several streams changes no history': async ({ open }) => {
      const store = await open()
      const appends = [{ stream: 'account-1', events: [sample()], expected: 'no-stream' as const }]
      const call = store.appendAll(appends)
      vandalise(appends)
      await call
      const [event] = await store.readStream('account-1')
      assert.deepEqual(event?.data, sample().data)
      assert.deepEqual(event?.tags, sample().tags)
    },

    '[8] changing what was read changes no history': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [sample(), deposited(1)])
      const before = structuredClone(await readEverything(store))
      vandalise(await readEverything(store))
      assert.deepEqual(await readEverything(store), before)
      vandalise(await readEverything(store))
      assert.deepEqual(await readEverything(store), before)
    },

    '[8] what one live reader does to an event, no other one sees': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [sample()])
      const readers = [1, 2, 3].map(() => store.subscribe()[Symbol.asyncIterator]())
      for (const reader of readers) await reader.next()
      const awaited = readers.map((reader) => reader.next())
      await pause(50)
      await store.append('account-1', [sample()])
      for (const { value } of await Promise.all(awaited)) {
        const { data, metadata, tags } = value as RecordedEvent
        assert.deepEqual({ type: 'MoneyDeposited', data, metadata, tags }, sample())
        vandalise(value)
      }
      for (const reader of readers) await reader.return?.()
    },

    '[8] changing what was read within a transaction changes no history': async ({ open }) => {
      const store = await open()
      await store.transaction(async (transaction) => {
        await store.append('account-1', [sample()], { transaction })
        vandalise(await store.readStream('account-1', { transaction }))
        const [event] = await store.readStream('account-1', { transaction })
        assert.deepEqual(event?.data, sample().data)
      })
      const [event] = await store.readStream('account-1')
      assert.deepEqual(event?.data, sample().data)
      assert.deepEqual(event?.tags, sample().tags)
    },

    '[8] events without tags and metadata share nothing that can be changed': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(1), deposited(2)])
      vandalise(await store.readStream('account-1'))
      await store.append('account-1', [deposited(3)])
      for (const { tags, metadata } of await store.readStream('account-1')) {
        assert.deepEqual({ tags, metadata }, { tags: [], metadata: {} })
      }
    },

    '[8] changing a result or what is known of a stream changes no history': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      const first = await store.append('account-1', [deposited(1, { id })])
      const copy = structuredClone(first)
      vandalise(first)
      assert.deepEqual(await store.append('account-1', [deposited(1, { id })]), { ...copy, duplicate: true })
      const info = structuredClone(await store.streamInfo('account-1'))
      vandalise(await store.streamInfo('account-1'))
      assert.deepEqual(await store.streamInfo('account-1'), info)
    },
  },
}
