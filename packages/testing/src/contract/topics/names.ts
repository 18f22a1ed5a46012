import assert from 'node:assert/strict'
import { deposited } from '../facts.ts'
import { hostileNames } from '../hostile-names.ts'
import { placesOf } from '../read-all.ts'
import type { Topic } from '../topic.ts'

/** Text of exactly this many bytes, mostly outside ASCII. */
function ofBytes(bytes: number): string {
  return '😀'.repeat(Math.floor(bytes / 4)) + 'x'.repeat(bytes % 4)
}

export const names: Topic = {
  name: 'names',
  cases: {
    '[6] stream ids are told apart byte by byte': async ({ open }) => {
      const store = await open()
      const streams = hostileNames.map((name) => `account-${name}`)
      for (const [index, stream] of streams.entries()) {
        const { version } = await store.append(stream, [deposited(index)], { expected: 'no-stream' })
        assert.equal(version, 1, stream)
      }
      for (const [index, stream] of streams.entries()) {
        const events = await store.readStream(stream)
        assert.deepEqual(placesOf(events), [`${stream}@1`])
        assert.deepEqual(events[0]?.data, { cents: index })
        assert.deepEqual(placesOf((await store.readLog({ stream })).events), [`${stream}@1`])
        assert.equal((await store.streamInfo(stream))?.version, 1)
      }
    },

    '[6] categories are told apart byte by byte': async ({ open }) => {
      const store = await open()
      const categories = hostileNames.filter((name) => !name.includes('-'))
      await store.appendAll(
        categories.map((category) => ({ stream: `${category}-1`, events: [deposited(1)] })),
      )
      for (const category of categories) {
        assert.deepEqual(placesOf((await store.readLog({ category })).events), [`${category}-1@1`])
      }
    },

    '[6] event types are told apart byte by byte': async ({ open }) => {
      const store = await open()
      await store.append(
        'account-1',
        hostileNames.map((type) => ({ type, data: null })),
      )
      const { events } = await store.readLog()
      assert.deepEqual(
        events.map(({ type }) => type),
        hostileNames,
      )
      for (const type of hostileNames) {
        const found = await store.readLog({ types: [type] })
        assert.deepEqual(
          found.events.map((event) => event.type),
          [type],
        )
      }
      const two = await store.readLog({ types: ['a,b', '{a,b}'] })
      assert.deepEqual(
        two.events.map(({ type }) => type),
        ['{a,b}', 'a,b'],
      )
    },

    '[6] tags are told apart byte by byte': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [
        ...hostileNames.map((tag) => deposited(1, { tags: [tag] })),
        deposited(2, { tags: hostileNames }),
      ])
      const events = await store.readStream('account-1')
      assert.deepEqual(
        events.map(({ tags }) => tags),
        [...hostileNames.map((tag) => [tag]), hostileNames],
      )
      for (const [index, tag] of hostileNames.entries()) {
        const found = await store.readLog({ tags: [tag] })
        assert.deepEqual(
          found.events.map(({ version }) => version),
          [index + 1, hostileNames.length + 1],
          tag,
        )
      }
      const all = await store.readLog({ tags: hostileNames })
      assert.deepEqual(
        all.events.map(({ version }) => version),
        [hostileNames.length + 1],
      )
    },

    '[6] names as long as permitted are kept whole': async ({ open }) => {
      const store = await open()
      const stream = `account-${ofBytes(512 - 'account-'.length)}`
      const [type, tag] = [ofBytes(256), ofBytes(256)]
      await store.append(stream, [{ type, data: null, tags: [tag] }], { expected: 'no-stream' })
      await store.append(`${stream.slice(0, -2)}yyyy`, [{ type, data: null }], { expected: 'no-stream' })
      const [event] = await store.readStream(stream)
      assert.deepEqual(
        { stream, type, tags: [tag] },
        { stream: event?.stream, type: event?.type, tags: event?.tags },
      )
      const { events } = await store.readLog({ stream, types: [type], tags: [tag] })
      assert.deepEqual(placesOf(events), [`${stream}@1`])
    },

    '[6] schema versions are kept up to the largest': async ({ open }) => {
      const store = await open()
      const versions = [1, 2, 255, 32_768, 2_147_483_647]
      await store.append(
        'account-1',
        versions.map((schemaVersion) => deposited(1, { schemaVersion })),
      )
      const events = await store.readStream('account-1')
      assert.deepEqual(
        events.map(({ schemaVersion }) => schemaVersion),
        versions,
      )
    },
  },
}
