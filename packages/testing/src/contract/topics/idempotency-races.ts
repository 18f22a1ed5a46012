import assert from 'node:assert/strict'
import type { EventStore, ExpectedVersion } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { checkError } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

/** The same append many times at once: all succeed with one result, and one copy is stored. */
async function sendTogether(stores: readonly EventStore[]): Promise<void> {
  for (const expected of ['any', 'no-stream', 'stream-exists', 2] as const) {
    await sendExpecting(stores, `account-${expected}`, expected)
  }
}

async function sendExpecting(
  stores: readonly EventStore[],
  stream: string,
  expected: ExpectedVersion,
): Promise<void> {
  const [store] = stores as [EventStore]
  if (expected !== 'no-stream') await store.append(stream, deposits(1, 2))
  const events = [deposited(1, { id: store.newId() }), deposited(2, { id: store.newId() })]
  const calls = range(0, 11).map((index) => {
    return (stores[index % stores.length] as EventStore).append(stream, events, { expected })
  })
  const results = await Promise.all(calls)
  assert.equal(results.filter(({ duplicate }) => !duplicate).length, 1, 'exactly one is the first')
  const places = results.map(({ version, position }) => ({ version, position }))
  for (const place of places) assert.deepEqual(place, places[0])
  const stored = await store.readStream(stream)
  assert.equal(stored.length, expected === 'no-stream' ? 2 : 4)
}

/** The same new id for different streams at once: one of them gets it. */
async function fightForId(stores: readonly EventStore[]): Promise<void> {
  const [store] = stores as [EventStore]
  const id = store.newId()
  const calls = range(0, 9).map((index) => {
    return (stores[index % stores.length] as EventStore).append(`account-${index}`, [deposited(1, { id })])
  })
  const outcomes = await Promise.allSettled(calls)
  const [won, ...further] = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  assert.ok(won !== undefined && further.length === 0, `${further.length + 1} streams got the same event id`)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      checkError(outcome.reason, 'event-id-conflict', { eventId: id, stream: won.stream })
    }
  }
  assert.equal((await store.readLog()).events.length, 1)
}

export const idempotencyRaces: Topic = {
  name: 'idempotency under races',
  cases: {
    '[5] the same append many times at once is stored once, and all succeed': async ({ open }) => {
      await sendTogether([await open()])
    },
    '[5] the same append by two instances at once is stored once, and all succeed': async ({ openTwo }) => {
      await sendTogether(await openTwo())
    },

    '[5] of concurrent appends of one id to different streams exactly one succeeds': async ({ open }) => {
      await fightForId([await open()])
    },
    '[5] of concurrent appends by two instances of one id to different streams exactly one succeeds': async ({
      openTwo,
    }) => {
      await fightForId(await openTwo())
    },

    '[5] the same append to several streams many times at once is stored once': async ({ open }) => {
      const store = await open()
      const appends = ['account-1', 'account-2'].map((stream) => ({
        stream,
        events: [deposited(1, { id: store.newId() })],
        expected: 'no-stream' as const,
      }))
      const results = await Promise.all(range(1, 8).map(() => store.appendAll(appends)))
      assert.equal(results.filter(([result]) => result?.duplicate === false).length, 1)
      assert.equal((await store.readLog()).events.length, 2)
    },

    '[5] a retry by another instance gives the first result': async ({ openTwo }) => {
      const [store, other] = await openTwo()
      const events = [deposited(1, { id: store.newId() })]
      const first = await store.append('account-1', events, { expected: 'no-stream' })
      const again = await other.append('account-1', events, { expected: 'no-stream' })
      assert.deepEqual(again, { ...first, duplicate: true })
    },
  },
}
