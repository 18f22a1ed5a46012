import assert from 'node:assert/strict'
import { deposited, deposits, range } from '../facts.ts'
import { checkLog, placesOf, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

export const append: Topic = {
  name: 'append',
  cases: {
    '[1] an append says where the last of its events was stored, and their ids': async ({ open }) => {
      const store = await open()
      const ids = [store.newId(), store.newId()] as const
      await store.append('account-1', [deposited(1)])
      const result = await store.append('account-1', [
        deposited(2, { id: ids[0] }),
        deposited(3, { id: ids[1] }),
      ])
      const events = await store.readStream('account-1')
      const position = events.at(-1)?.position
      assert.deepEqual(result, { stream: 'account-1', version: 3, position, eventIds: ids, duplicate: false })
      assert.deepEqual(
        events.slice(1).map(({ id }) => id),
        ids,
      )
    },

    '[1] an append to several streams gives a result for each, in the order of the call': async ({
      open,
    }) => {
      const store = await open()
      await store.append('account-b', [deposited(1)])
      const results = await store.appendAll([
        { stream: 'account-c', events: deposits(2, 3) },
        { stream: 'account-a', events: deposits(4, 4) },
        { stream: 'account-b', events: deposits(5, 6) },
      ])
      assert.deepEqual(
        results.map(({ stream, version, duplicate }) => ({ stream, version, duplicate })),
        [
          { stream: 'account-c', version: 2, duplicate: false },
          { stream: 'account-a', version: 1, duplicate: false },
          { stream: 'account-b', version: 3, duplicate: false },
        ],
      )
      for (const { stream, position, eventIds } of results) {
        const events = await store.readStream(stream)
        assert.equal(events.at(-1)?.position, position, `position of ${stream}`)
        assert.deepEqual(
          events.slice(-eventIds.length).map(({ id }) => id),
          eventIds,
          `ids of ${stream}`,
        )
      }
    },

    '[3] the versions of a stream count 1, 2, 3 over all appends to it': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 2))
      await store.append('account-2', deposits(1, 1))
      await store.append('account-1', deposits(3, 5))
      await store.append('account-2', deposits(2, 2))
      await store.append('account-1', deposits(6, 6))
      const events = await store.readStream('account-1')
      assert.deepEqual(
        events.map(({ version }) => version),
        range(1, 6),
      )
      assert.deepEqual(
        events.map(({ data }) => data),
        range(1, 6).map((cents) => ({ cents })),
      )
      assert.deepEqual(
        (await store.readStream('account-2')).map(({ version }) => version),
        [1, 2],
      )
    },

    '[4] positions grow with every event, over all streams, and with the versions of a stream': async ({
      open,
    }) => {
      const store = await open()
      let last = 0
      for (const round of range(1, 5)) {
        const { position } = await store.append(`account-${round % 2}`, deposits(1, 3))
        assert.ok(
          Number.isSafeInteger(position) && position >= last + 3,
          `position ${position} after ${last}`,
        )
        last = position
      }
      const events = await readLogByPages(store)
      assert.equal(events.length, 15)
      checkLog(events)
    },

    '[6] an event is recorded with everything that was given': async ({ open }) => {
      const store = await open()
      const id = store.newId()
      const data = { cents: 5, note: 'first' }
      const metadata = { correlationId: 'c', causationId: 'k', actor: 'ada', free: [1, { deep: null }] }
      const tags = ['course:c1', 'student:s1']
      await store.append('account-1', [
        { id, type: 'MoneyDeposited', data, metadata, tags, schemaVersion: 7 },
      ])
      const [event] = await store.readStream('account-1')
      assert.ok(event)
      const { position, recordedAt, ...rest } = event
      assert.equal(typeof position, 'number')
      assert.ok(recordedAt instanceof Date)
      const known = { id, stream: 'account-1', version: 1, type: 'MoneyDeposited' }
      assert.deepEqual(rest, { ...known, schemaVersion: 7, data, metadata, tags })
      const page = await store.readLog()
      assert.deepEqual(page.events, [event])
    },

    '[6] what was not given is recorded as its default': async ({ open }) => {
      const store = await open()
      const { eventIds } = await store.append('account-1', [{ type: 'AccountClosed', data: null }])
      const [event] = await store.readStream('account-1')
      assert.deepEqual(
        {
          metadata: event?.metadata,
          tags: event?.tags,
          schemaVersion: event?.schemaVersion,
          data: event?.data,
        },
        { metadata: {}, tags: [], schemaVersion: 1, data: null },
      )
      assert.deepEqual([event?.id], eventIds)
      assert.match(String(event?.id), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    },

    '[6] metadata of the call goes to every event, and the fields of an event win': async ({ open }) => {
      const store = await open()
      const events = [deposited(1), deposited(2, { metadata: { actor: 'bob', own: true } })]
      await store.append('account-1', events, { metadata: { actor: 'ada', correlationId: 'c' } })
      await store.appendAll([{ stream: 'account-2', events: [deposited(1)] }], { metadata: { actor: 'eve' } })
      const [first, second] = await store.readStream('account-1')
      const [third] = await store.readStream('account-2')
      assert.deepEqual(first?.metadata, { actor: 'ada', correlationId: 'c' })
      assert.deepEqual(second?.metadata, { actor: 'bob', correlationId: 'c', own: true })
      assert.deepEqual(third?.metadata, { actor: 'eve' })
    },

    '[6] the same tag twice is one tag, and tags keep their order': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(1, { tags: ['z:1', 'a:1', 'z:1', 'm:1'] })])
      const [event] = await store.readStream('account-1')
      assert.deepEqual(event?.tags, ['z:1', 'a:1', 'm:1'])
    },

    '[7] what was acknowledged is found at once by every way of reading': async ({ open }) => {
      const store = await open()
      for (const version of range(1, 10)) {
        const { position } = await store.append('account-1', [deposited(version)])
        assert.equal((await store.readStream('account-1')).length, version)
        assert.equal((await store.streamInfo('account-1'))?.version, version)
        assert.equal(await store.head(), position)
        assert.equal((await store.readLog({ after: position - 1 })).events.at(0)?.position, position)
      }
    },

    '[1] a thousand events of one append are stored in their order': async ({ open }) => {
      const store = await open()
      const result = await store.append('account-1', deposits(1, 1000))
      assert.equal(result.version, 1000)
      const events = await store.readStream('account-1')
      assert.deepEqual(
        events.map(({ data }) => data),
        range(1, 1000).map((cents) => ({ cents })),
      )
      assert.deepEqual(
        events.map(({ id }) => id),
        result.eventIds,
      )
      checkLog(events)
    },

    '[1] the largest permitted append is accepted, and one event more is refused': async ({ open }) => {
      const store = await open({ maxEventsPerAppend: 3 })
      await rejectsWith(store.append('account-1', deposits(1, 4)), 'too-many-events')
      const half = { events: deposits(1, 2) }
      await rejectsWith(
        store.appendAll([
          { stream: 'account-1', ...half },
          { stream: 'account-2', ...half },
        ]),
        'too-many-events',
      )
      await store.append('account-1', deposits(1, 3))
      assert.deepEqual(placesOf(await readLogByPages(store)), ['account-1@1', 'account-1@2', 'account-1@3'])
    },
  },
}
