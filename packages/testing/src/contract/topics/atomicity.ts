import assert from 'node:assert/strict'
import type { EventStore, StreamAppend } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { checkLog, placesOf, readLogByPages } from '../read-all.ts'
import { rejectsWith } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'
import { readDuring } from '../wait-until.ts'

/** As it is before each failing append. */
const before = ['account-1@1', 'account-1@2', 'account-2@1']

async function prepare(store: EventStore): Promise<string> {
  const { eventIds } = await store.append('account-1', deposits(1, 2))
  await store.append('account-2', deposits(1, 1))
  return eventIds[1] as string
}

/** Asserts that a failed append left nothing, and no gap. */
async function checkUnchanged(store: EventStore): Promise<void> {
  assert.deepEqual(placesOf(await readLogByPages(store)), before)
  assert.equal((await store.streamInfo('account-1'))?.version, 2)
  assert.equal(await store.streamInfo('account-3'), undefined)
  await store.appendAll([
    { stream: 'account-1', events: deposits(3, 3), expected: 2 },
    { stream: 'account-3', events: deposits(1, 1), expected: 'no-stream' },
  ])
  checkLog(await readLogByPages(store))
}

export const atomicity: Topic = {
  name: 'atomicity',
  cases: {
    ...Object.fromEntries(
      (['first', 'second', 'last'] as const).map((place, index) => [
        `[1] a conflict on the ${place} of three streams stores nothing in any of them`,
        async ({ open }) => {
          const store = await open()
          await prepare(store)
          const appends: StreamAppend[] = ['account-1', 'account-3', 'account-2'].map((stream, at) => ({
            stream,
            events: deposits(5, 6),
            expected: at === index ? 9 : 'any',
          }))
          await rejectsWith(store.appendAll(appends), 'concurrency', {
            stream: appends[index]?.stream,
            expected: 9,
          })
          await checkUnchanged(store)
        },
      ]),
    ),

    '[1] an event that is refused in the middle of an append stores none of it': async ({ open }) => {
      const store = await open()
      await prepare(store)
      const bad = { type: 'MoneyDeposited', data: { cents: Number.NaN } }
      const call = store.append('account-1', [deposited(3), bad, deposited(4)])
      await rejectsWith(call, 'not-json', { pointer: '/1/data/cents' })
      await checkUnchanged(store)
    },

    '[1] an event that is refused in one of several streams stores nothing in any of them': async ({
      open,
    }) => {
      const store = await open()
      await prepare(store)
      const bad = { type: 'MoneyDeposited', data: { cents: undefined } }
      const call = store.appendAll([
        { stream: 'account-1', events: [deposited(3)] },
        { stream: 'account-3', events: [deposited(1), bad] },
      ])
      await rejectsWith(call, 'not-json', { pointer: '/1/events/1/data/cents' })
      await checkUnchanged(store)
    },

    '[1] an event id that is taken, at the end of an append, stores none of it': async ({ open }) => {
      const store = await open()
      const eventId = await prepare(store)
      const call = store.append('account-1', [deposited(3), deposited(4), deposited(2, { id: eventId })])
      await rejectsWith(call, 'event-id-conflict', { eventId, stream: 'account-1' })
      await checkUnchanged(store)
    },

    '[1] an event id that is taken, in the last of several streams, stores nothing in any of them': async ({
      open,
    }) => {
      const store = await open()
      const eventId = await prepare(store)
      const call = store.appendAll([
        { stream: 'account-3', events: deposits(1, 2) },
        { stream: 'account-2', events: [deposited(2, { id: eventId })] },
      ])
      await rejectsWith(call, 'event-id-conflict', { eventId, stream: 'account-1' })
      await checkUnchanged(store)
    },

    '[1] whoever reads a stream during appends finds each of them whole': async ({ open }) => {
      const store = await open()
      const writing = Promise.all(range(1, 20).map(() => store.append('account-1', deposits(1, 5))))
      await readDuring(writing, async () => {
        const events = await store.readStream('account-1')
        const info = await store.streamInfo('account-1')
        assert.equal(events.length % 5, 0, `read ${events.length} of events in fives`)
        assert.equal((info?.version ?? 0) % 5, 0, `version ${info?.version} of events in fives`)
      })
    },

    '[1] whoever finds an append in one of its streams finds it in the others as well': async ({ open }) => {
      const store = await open()
      const appends = ['account-1', 'account-2'].map((stream) => ({ stream, events: deposits(1, 2) }))
      const writing = Promise.all(range(1, 20).map(() => store.appendAll(appends)))
      await readDuring(writing, async (round) => {
        const [one, other] =
          round % 2 === 0 ? (['account-1', 'account-2'] as const) : (['account-2', 'account-1'] as const)
        const first = await store.readStream(one)
        const second = await store.readStream(other)
        assert.ok(
          second.length >= first.length,
          `${first.length} in one stream, ${second.length} in the other`,
        )
      })
      assert.equal((await store.readLog()).events.length, 80)
    },
  },
}
