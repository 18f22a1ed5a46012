import assert from 'node:assert/strict'
import { type EventStore, type ExpectedVersion, isEventfoldError } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { checkLog, readLogByPages } from '../read-all.ts'
import { checkError } from '../rejects-with.ts'
import type { Topic } from '../topic.ts'

/** Starts all appends at once, spread over the stores; exactly one may succeed. */
async function race(
  stores: readonly EventStore[],
  expected: ExpectedVersion,
  version: number,
): Promise<void> {
  const calls = range(1, 20).map((cents) => {
    const store = stores[cents % stores.length] as EventStore
    return store.append('account-1', [deposited(cents), deposited(-cents)], { expected })
  })
  const outcomes = await Promise.allSettled(calls)
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
  assert.equal(won.length, 1, `${won.length} of 20 appends succeeded`)
  assert.equal(won[0]?.value.version, version + 2)
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    checkError(outcome.reason, 'concurrency', { stream: 'account-1', expected, actual: version + 2 })
  }
  const events = await (stores[0] as EventStore).readStream('account-1')
  checkLog(events)
  assert.equal(events.length, version + 2)
  assert.deepEqual(
    events.slice(-2).map(({ id }) => id),
    won[0]?.value.eventIds,
  )
}

/** Each of many appends to few streams succeeds, and is stored once, as its result says. */
async function fillHotStreams(stores: readonly EventStore[], workers: number): Promise<void> {
  const jobs = range(0, 59)
  const acknowledged: { stream: string; version: number; position: number; eventIds: readonly string[] }[] =
    []
  const work = async () => {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      const store = stores[job % stores.length] as EventStore
      acknowledged.push(
        await store.append(`account-${job % 4}`, deposits(1, 1 + (job % 3)), { expected: 'any' }),
      )
    }
  }
  await Promise.all(range(1, workers).map(work))
  const log = await readLogByPages(stores[0] as EventStore)
  checkLog(log)
  assert.equal(log.length, 120)
  for (const { stream, version, position, eventIds } of acknowledged) {
    const stored = log.filter((event) => eventIds.includes(event.id))
    assert.deepEqual(
      stored.map(({ id }) => id),
      eventIds,
      'events of one append keep their order',
    )
    assert.deepEqual(new Set(stored.map((event) => event.stream)), new Set([stream]))
    assert.deepEqual(
      stored.map((event) => event.version),
      range(version - eventIds.length + 1, version),
    )
    assert.equal(stored.at(-1)?.position, position)
  }
}

/** Workers that load, decide on what they loaded and append, again after a conflict, lose no decision. */
async function incrementTogether(stores: readonly EventStore[]): Promise<void> {
  const increment = async (store: EventStore) => {
    while (true) {
      const events = await store.readStream('account-1')
      const expected = events.length === 0 ? 'no-stream' : events.length
      try {
        await store.append('account-1', [deposited(events.length + 1)], { expected })
        return
      } catch (error) {
        if (!isEventfoldError(error, 'concurrency')) throw error
      }
    }
  }
  const workers = range(0, 5).map(async (worker) => {
    for (const _ of range(1, 5)) await increment(stores[worker % stores.length] as EventStore)
  })
  await Promise.all(workers)
  const events = await (stores[0] as EventStore).readStream('account-1')
  assert.deepEqual(
    events.map(({ data }) => data),
    range(1, 30).map((cents) => ({ cents })),
  )
}

/** Transfers in both directions at once: each whole, none stuck. */
async function transferBothWays(stores: readonly EventStore[]): Promise<void> {
  const transfers = range(1, 20).map((cents) => {
    const appends = ['account-a', 'account-b'].map((stream) => ({ stream, events: [deposited(cents)] }))
    return (stores[cents % stores.length] as EventStore).appendAll(
      cents % 2 === 0 ? appends : appends.reverse(),
    )
  })
  await Promise.all(transfers)
  const log = await readLogByPages(stores[0] as EventStore)
  checkLog(log)
  assert.equal(log.length, 40)
  const centsOf = (stream: string) => log.filter((event) => event.stream === stream).map(({ data }) => data)
  assert.deepEqual(centsOf('account-a'), centsOf('account-b'))
}

export const concurrency: Topic = {
  name: 'concurrency',
  cases: {
    '[2] of concurrent appends with the same expected version exactly one succeeds': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 3))
      await race([store], 3, 3)
    },
    "[2] of concurrent appends with 'no-stream' exactly one succeeds": async ({ open }) => {
      await race([await open()], 'no-stream', 0)
    },
    '[2] of concurrent appends by two instances with the same expected version exactly one succeeds': async ({
      openTwo,
    }) => {
      const stores = await openTwo()
      await stores[0].append('account-1', deposits(1, 3))
      await race(stores, 3, 3)
    },
    "[2] of concurrent appends by two instances with 'no-stream' exactly one succeeds": async ({
      openTwo,
    }) => {
      await race(await openTwo(), 'no-stream', 0)
    },

    "[2] concurrent appends with 'stream-exists' all succeed": async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(0)])
      const calls = range(1, 30).map((cents) => {
        return store.append('account-1', [deposited(cents)], { expected: 'stream-exists' })
      })
      const versions = (await Promise.all(calls)).map(({ version }) => version)
      assert.deepEqual(
        versions.sort((a, b) => a - b),
        range(2, 31),
      )
    },

    '[3] of appends to hot streams, all at once, none is lost and versions are dense': async ({ open }) => {
      await fillHotStreams([await open()], 60)
    },
    '[3] of appends to hot streams, a few at a time, none is lost and versions are dense': async ({
      open,
    }) => {
      await fillHotStreams([await open()], 5)
    },
    '[3] of appends to hot streams by two instances none is lost and versions are dense': async ({
      openTwo,
    }) => {
      await fillHotStreams(await openTwo(), 20)
    },

    '[2] no update is lost by workers that decide on what they have read': async ({ open }) => {
      await incrementTogether([await open()])
    },
    '[2] no update is lost by workers of two instances that decide on what they have read': async ({
      openTwo,
    }) => {
      await incrementTogether(await openTwo())
    },

    '[1] concurrent appends to the same streams in opposite orders are all stored whole': async ({
      open,
    }) => {
      await transferBothWays([await open()])
    },
    '[1] concurrent appends by two instances to the same streams in opposite orders are all stored whole':
      async ({ openTwo }) => {
        await transferBothWays(await openTwo())
      },

    '[2] concurrent appends that create overlapping sets of streams do not share a stream': async ({
      open,
    }) => {
      const store = await open()
      const calls = range(0, 11).map((index) => {
        const streams = [index % 4, (index + 1) % 4].map((key) => `account-${key}`)
        return store.appendAll(
          streams.map((stream) => ({ stream, events: [deposited(index)], expected: 'no-stream' })),
        )
      })
      const outcomes = await Promise.allSettled(calls)
      const stored = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
      const streams = stored.map(({ stream }) => stream)
      assert.ok(streams.length >= 2)
      assert.equal(new Set(streams).size, streams.length, `created twice: ${streams}`)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          checkError(outcome.reason, 'concurrency', { expected: 'no-stream', actual: 1 })
        }
      }
      assert.equal((await store.readLog()).events.length, streams.length)
    },

    '[3] whoever reads a stream during appends finds versions 1 to n': async ({ open }) => {
      const store = await open()
      const appends = range(1, 30).map((cents) => store.append('account-1', [deposited(cents)]))
      const reads = range(1, 30).map(async () => {
        const events = await store.readStream('account-1')
        assert.deepEqual(
          events.map(({ version }) => version),
          range(1, events.length),
        )
      })
      await Promise.all([...appends, ...reads])
    },
  },
}
