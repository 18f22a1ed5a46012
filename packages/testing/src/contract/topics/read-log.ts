import assert from 'node:assert/strict'
import type { EventStore } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { collect, placesOf, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

const places = [
  'account-1@1',
  'order-1@1',
  'account-1@2',
  'account-1@3',
  'order-1@2',
  'order-2@1',
  'account-2@1',
]

/** Seven events in four streams; gives their positions. */
async function prepare(store: EventStore): Promise<number[]> {
  await store.append('account-1', deposits(1, 1))
  await store.append('order-1', deposits(1, 1))
  await store.append('account-1', deposits(2, 3))
  await store.append('order-1', deposits(2, 2))
  await store.append('order-2', deposits(1, 1))
  await store.append('account-2', deposits(1, 1))
  return (await store.readLog()).events.map(({ position }) => position)
}

export const readLog: Topic = {
  name: 'read log',
  cases: {
    '[4] the log is read in the order of positions, over all streams': async ({ open }) => {
      const store = await open()
      const positions = await prepare(store)
      const { events } = await store.readLog()
      assert.deepEqual(placesOf(events), places)
      assert.deepEqual(
        positions,
        positions.toSorted((a, b) => a - b),
      )
      assert.equal(new Set(positions).size, 7)
    },

    '[4] the log is read backwards': async ({ open }) => {
      const store = await open()
      await prepare(store)
      assert.deepEqual(placesOf((await store.readLog({ backwards: true })).events), places.toReversed())
      const { events } = await store.readLog({ backwards: true, limit: 2 })
      assert.deepEqual(placesOf(events), ['account-2@1', 'order-2@1'])
    },

    '[4] after and before are exclusive, in either direction': async ({ open }) => {
      const store = await open()
      const positions = await prepare(store)
      const bounds = { after: positions[1] as number, before: positions[5] as number }
      const within = places.slice(2, 5)
      assert.deepEqual(placesOf((await store.readLog(bounds)).events), within)
      assert.deepEqual(
        placesOf((await store.readLog({ ...bounds, backwards: true })).events),
        within.toReversed(),
      )
      assert.deepEqual(placesOf((await store.readLog({ after: bounds.after })).events), places.slice(2))
      assert.deepEqual(placesOf((await store.readLog({ before: bounds.before })).events), places.slice(0, 5))
      assert.deepEqual((await store.readLog({ after: bounds.after, before: bounds.after + 1 })).events, [])
    },

    '[4] pages of any size give every event exactly once, in either direction': async ({ open }) => {
      const store = await open()
      await prepare(store)
      for (const limit of range(1, 8)) {
        assert.deepEqual(placesOf(await readLogByPages(store, { limit })), places, `pages of ${limit}`)
        const backwards = await readLogByPages(store, { limit, backwards: true })
        assert.deepEqual(placesOf(backwards), places.toReversed(), `pages of ${limit} backwards`)
        const batches = await collect(store.readLogInBatches({ limit }))
        assert.deepEqual(placesOf(batches.flat()), places, `batches of ${limit}`)
      }
    },

    '[4] pages between bounds give every event exactly once, in either direction': async ({ open }) => {
      const store = await open()
      const positions = await prepare(store)
      const bounds = { after: positions[0] as number, before: positions[6] as number }
      for (const limit of range(1, 6)) {
        assert.deepEqual(placesOf(await readLogByPages(store, { ...bounds, limit })), places.slice(1, 6))
        const backwards = await readLogByPages(store, { ...bounds, limit, backwards: true })
        assert.deepEqual(placesOf(backwards), places.slice(1, 6).toReversed())
      }
    },

    '[14] a page has at most as many events as its limit, and a log of many pages is read whole': async ({
      open,
    }) => {
      const store = await open()
      for (const part of range(0, 2)) await store.append(`account-${part}`, deposits(1, 700))
      const batches = await collect(store.readLogInBatches())
      for (const batch of batches) assert.ok(batch.length <= 1000, `a batch of ${batch.length}`)
      const expected = range(0, 2).flatMap((part) =>
        range(1, 700).map((version) => `account-${part}@${version}`),
      )
      assert.deepEqual(placesOf(batches.flat()), expected)
      assert.deepEqual(placesOf(await readLogByPages(store, { limit: 450 })), expected)
      assert.ok((await store.readLog({ limit: 450 })).events.length <= 450)
      const backwards = await collect(store.readLogInBatches({ backwards: true }))
      assert.deepEqual(placesOf(backwards.flat()), expected.toReversed())
    },

    '[4] a page that ends the log says so, and where to go on': async ({ open }) => {
      const store = await open()
      const positions = await prepare(store)
      const page = await store.readLog()
      assert.deepEqual({ next: page.next, end: page.end }, { next: positions[6], end: true })
      assert.deepEqual(await store.readLog({ after: page.next }), { events: [], next: page.next, end: true })
      await store.append('account-9', [deposited(1)])
      assert.deepEqual(placesOf((await store.readLog({ after: page.next })).events), ['account-9@1'])
    },

    '[4] a page that does not end the log leads to the position of its last event': async ({ open }) => {
      const store = await open()
      const positions = await prepare(store)
      const page = await store.readLog({ limit: 3 })
      assert.deepEqual({ next: page.next, end: page.end }, { next: positions[2], end: false })
      const backwards = await store.readLog({ limit: 3, backwards: true })
      assert.deepEqual({ next: backwards.next, end: backwards.end }, { next: positions[4], end: false })
    },

    '[4] an empty log, and what lies behind the head, is an end that leads back to where it was asked':
      async ({ open }) => {
        const store = await open()
        assert.deepEqual(await store.readLog(), { events: [], next: 0, end: true })
        const backwards = await store.readLog({ backwards: true })
        assert.deepEqual({ events: backwards.events, end: backwards.end }, { events: [], end: true })
        await prepare(store)
        const after = (await store.head()) + 1000
        assert.deepEqual(await store.readLog({ after }), { events: [], next: after, end: true })
        assert.deepEqual((await store.readLog({ before: 0 })).events, [])
        assert.deepEqual((await store.readLog({ before: 0, backwards: true })).events, [])
      },

    '[4] a filter that finds nothing moves on over what it has scanned, and not beyond': async ({ open }) => {
      const store = await open()
      await prepare(store)
      for (const limit of [1, 3, 100]) {
        let page = await store.readLog({ category: 'nothing', limit })
        for (let after = 0; !page.end; after = page.next) {
          assert.ok(page.next > after, `a page led from ${after} to ${page.next}`)
          page = await store.readLog({ category: 'nothing', limit, after: page.next })
        }
        assert.deepEqual({ events: page.events, next: page.next }, { events: [], next: await store.head() })
      }
    },

    '[4] wherever a page leads to, nothing is left out behind it': async ({ open }) => {
      const store = await open()
      await prepare(store)
      for (const limit of range(1, 4)) {
        for (const filter of [{}, { category: 'order' }, { stream: 'account-1' }, { category: 'nothing' }]) {
          const page = await store.readLog({ ...filter, limit })
          assert.ok(page.next <= (await store.head()), `led to ${page.next}, beyond the head`)
          const all = placesOf(await readLogByPages(store, filter))
          const rest = placesOf(await readLogByPages(store, { ...filter, after: page.next }))
          assert.deepEqual([...placesOf(page.events), ...rest], all)
          if (page.end) assert.deepEqual(rest, [])
        }
      }
    },

    'bounds of the log that cannot be are refused': async ({ open }) => {
      const store = await open()
      const wrong = [
        { after: -1 },
        { after: 0.5 },
        { before: -1 },
        { limit: 0 },
        { limit: Number.POSITIVE_INFINITY },
      ]
      for (const options of wrong) {
        await rejectsWith(store.readLog(options), 'invalid-option', {}, JSON.stringify(options))
      }
    },
  },
}
