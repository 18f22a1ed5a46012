import assert from 'node:assert/strict'
import type { EventStore, SubscribeOptions } from '@eventfold/core'
import { deposited, deposits, range } from '../facts.ts'
import { rejectsWith } from '../rejects-with.ts'
import { SubscriptionFollower } from '../subscription-follower.ts'
import type { Topic } from '../topic.ts'
import { pause, unheard } from '../wait-until.ts'

/** So long that only a wake-up can be in time. */
const noPolling = { pollInterval: 600_000 } as const

/** Counts the reads of the log from now on. */
function countReads({ adapter }: EventStore): { count: number; last: number } {
  const reads = { count: 0, last: 0 }
  const readLog = adapter.readLog.bind(adapter)
  adapter.readLog = (query) => {
    reads.count++
    reads.last = query.after
    return readLog(query)
  }
  return reads
}

/** Appends from several writers at once, to streams of their own and to a common one. */
async function write(stores: readonly EventStore[], rounds: number): Promise<void> {
  const writers = range(0, 3).map(async (writer) => {
    const store = stores[writer % stores.length] as EventStore
    for (const round of range(1, rounds)) {
      const stream = round % 3 === 0 ? 'account-common' : `account-${writer}`
      await store.append(stream, deposits(round, round + (round % 4)))
    }
  })
  await Promise.all(writers)
}

export const subscriptions: Topic = {
  name: 'subscriptions',
  cases: {
    '[4] from the beginning, from a position or from now, each event comes once and in order': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 12))
      const events = await store.readStream('account-1')
      const after = events[4]?.position as number
      const now = store.subscribe({ after: 'now' })
      const head = await now.beginning()
      const starts: [SubscribeOptions, number][] = [
        [{ batchSize: 5 }, 0],
        [{ after, batchSize: 5 }, after],
        [{ after: head }, head],
      ]
      const followers = starts.map(([options]) => new SubscriptionFollower(store, options))
      for (const cents of range(13, 25)) await store.append('account-1', [deposited(cents)])
      const counts = [25, 20, 13]
      await waitUntil(
        () => followers.every(({ seen }, index) => seen.length >= (counts[index] as number)),
        'all events of each subscription',
      )
      for (const [index, follower] of followers.entries()) await follower.stop(starts[index]?.[1])
      const first = await now[Symbol.asyncIterator]().next()
      assert.deepEqual(first.value?.data, { cents: 13 })
    },

    '[9] a category, a stream, types and tags are followed, in the past and live': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      const append = async () => {
        await store.appendAll([
          { stream: 'account-1', events: [deposited(1, { tags: ['vip', 'eu'] }), deposited(2)] },
          { stream: 'account-2', events: [{ type: 'AccountClosed', data: {}, tags: ['vip'] }] },
          { stream: 'accounting-1', events: [deposited(3, { tags: ['eu'] })] },
        ])
      }
      for (const _ of range(1, 5)) await append()
      const filters: [SubscribeOptions, number][] = [
        [{ category: 'account' }, 3],
        [{ stream: 'account-1' }, 2],
        [{ types: ['AccountClosed', 'Unheard'] }, 1],
        [{ tags: ['vip'] }, 2],
        [{ category: 'account', types: ['MoneyDeposited'], tags: ['eu', 'vip'] }, 1],
      ]
      const followers = filters.map(
        ([filter]) => new SubscriptionFollower(store, { ...filter, batchSize: 4 }),
      )
      for (const _ of range(1, 5)) await append()
      await waitUntil(
        () => followers.every(({ seen }, index) => seen.length >= 10 * (filters[index]?.[1] as number)),
        'all events of each filter',
      )
      for (const follower of followers) await follower.stop()
    },

    '[4] nothing is missed or repeated while writers append and it goes from catching up to live': async ({
      open,
      waitUntil,
    }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 60))
      const options = [{ batchSize: 7 }, { batchSize: 1 }, { batchSize: 7, batchInterval: 0 }, {}]
      const followers = options.map((each) => new SubscriptionFollower(store, each))
      await write([store], 20)
      followers.push(new SubscriptionFollower(store, { batchSize: 3 }))
      await write([store], 10)
      await store.append('account-last', [deposited(0)])
      const isLast = ({ seen }: SubscriptionFollower) => seen.at(-1)?.stream === 'account-last'
      await waitUntil(() => followers.every(isLast), 'the last event')
      for (const follower of followers) await follower.stop()
    },

    '[4] nothing is missed or repeated while writers of two instances append': async ({
      openTwo,
      waitUntil,
    }) => {
      const stores = await openTwo()
      const followers = stores.flatMap((store) => [
        new SubscriptionFollower(store, { batchSize: 6 }),
        new SubscriptionFollower(store),
      ])
      await write(stores, 20)
      await stores[0].append('account-last', [deposited(0)])
      const isLast = ({ seen }: SubscriptionFollower) => seen.at(-1)?.stream === 'account-last'
      await waitUntil(() => followers.every(isLast), 'the last event')
      for (const follower of followers) await follower.stop()
    },

    '[4] events of an open transaction come in their place when it commits, and never before': async ({
      open,
      begin,
      waitUntil,
    }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      const follower = new SubscriptionFollower(store)
      await waitUntil(() => follower.seen.length === 1, 'the first event')
      const rolledBack = await begin(store)
      await store.append('account-0', [deposited(0)], { transaction: rolledBack.transaction })
      await rolledBack.rollback()
      const { transaction, commit } = await begin(store)
      await store.append('account-2', deposits(2, 3), { transaction })
      const others = unheard(store.append('account-3', [deposited(4)]))
      await pause(60)
      assert.ok(
        follower.seen.every(({ stream }) => stream !== 'account-2'),
        'an event of an open transaction was given',
      )
      await commit()
      await others
      await waitUntil(() => follower.seen.length >= 4, 'the events of the transaction and after it')
      await follower.stop()
    },

    '[9] a filter that matches nothing moves on over what it leaves out': async ({ open, waitUntil }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 3_000))
      const head = await store.head()
      const reads = countReads(store)
      const controller = new AbortController()
      const seen: [number, boolean][] = []
      const rare: unknown[] = []
      const following = unheard(
        (async () => {
          const { signal } = controller
          const subscription = store.subscribe({ types: ['Rare'], signal, pollInterval: 50, batchSize: 100 })
          for await (const { events, position, live } of subscription.batches()) {
            seen.push([position, live])
            rare.push(...events.map(({ data }) => data))
          }
        })(),
      )
      await waitUntil(() => seen.some(([, live]) => live), 'the head of the log')
      assert.deepEqual(seen.at(-1), [head, true])
      reads.count = 0
      await store.append('account-1', [deposited(0), { type: 'Rare', data: { n: 1 } }])
      await waitUntil(() => rare.length === 1, 'the rare event')
      assert.ok(reads.last >= head, `read again from ${reads.last}`)
      controller.abort()
      await following
    },

    '[9] an append wakes it, without polling': async ({ open, waitUntil }) => {
      const store = await open()
      const follower = new SubscriptionFollower(store, noPolling)
      for (const cents of range(1, 5)) {
        await store.append('account-1', [deposited(cents)])
        await waitUntil(() => follower.seen.length >= cents, `event ${cents}`)
      }
      await store.transaction((transaction) => store.append('account-2', deposits(6, 7), { transaction }))
      await waitUntil(() => follower.seen.length >= 7, 'the events of a transaction')
      await follower.stop()
    },

    '[9] an append of another instance wakes it, without polling': async ({ openTwo, waitUntil, skip }) => {
      const [store, other] = await openTwo()
      if (store.capabilities.wakeUp === 'process') skip("capabilities.wakeUp is 'process'")
      const follower = new SubscriptionFollower(other, noPolling)
      for (const cents of range(1, 5)) {
        await store.append('account-1', [deposited(cents)])
        await waitUntil(() => follower.seen.length >= cents, `event ${cents}`)
        await pause(5 * cents)
      }
      await follower.stop()
    },

    '[9] polling alone finds every event where all wake-ups get lost': async ({ open, waitUntil }) => {
      const store = await open()
      store.adapter.onAppend = async () => async () => {}
      const follower = new SubscriptionFollower(store, { pollInterval: 5 })
      await pause(10)
      for (const cents of range(1, 5)) {
        await store.append('account-1', deposits(cents, 2 * cents))
        await waitUntil(() => follower.seen.at(-1)?.stream === 'account-1', 'an event')
      }
      await waitUntil(() => follower.seen.length >= 20, 'all events')
      await follower.stop()
    },

    '[14] it reads no further than what is asked for': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 200))
      const reads = countReads(store)
      const batches = store.subscribe({ batchSize: 10 }).batches()
      for (const asked of range(1, 4)) {
        const { value } = await batches.next()
        assert.equal(value?.events.length, 10)
        await pause(20)
        assert.equal(reads.count, asked, 'reads of the log')
      }
      await batches.return()
    },

    '[14] after large events it reads fewer at a time': async ({ open }) => {
      const store = await open()
      const text = 'x'.repeat(1_000_000)
      for (const _ of range(1, 4)) {
        await store.append(
          'account-1',
          range(1, 8).map((n) => ({ type: 'Noted', data: { n, text } })),
        )
      }
      const sizes: number[] = []
      for await (const { events, live } of store.subscribe({ batchSize: 16 }).batches()) {
        sizes.push(events.length)
        if (live) break
      }
      assert.equal(
        sizes.reduce((sum, size) => sum + size),
        32,
      )
      assert.ok(
        sizes.slice(1).every((size) => size <= 8),
        `sizes of batches: ${sizes}`,
      )
    },

    '[14] a signal ends it wherever it is, and nothing of it is left': async ({ open }) => {
      const store = await open()
      await store.append('account-1', deposits(1, 30))
      for (const turns of range(0, 12)) {
        const controller = new AbortController()
        const { signal } = controller
        const following = store
          .subscribe({ ...noPolling, signal, batchSize: 5, after: 'now' })
          .forEach(() => {})
        const catchingUp = store.subscribe({ ...noPolling, signal, batchSize: 5 }).forEach(() => {})
        await pause(turns % 4)
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        controller.abort()
        await Promise.all([following, catchingUp])
      }
      const left = store.subscribe(noPolling)[Symbol.asyncIterator]()
      for (const _ of range(1, 30)) await left.next()
      const pending = left.next()
      await left.return()
      assert.equal((await pending).done, true)
      await store.close()
    },

    '[11] a store that is closed under it ends it with an error, at once': async ({ open }) => {
      const store = await open()
      await store.append('account-1', [deposited(1)])
      let isLive = false
      const following = unheard(
        (async () => {
          for await (const { live } of store.subscribe(noPolling).batches()) isLive = live
        })(),
      )
      while (!isLive) await pause()
      await store.close()
      await rejectsWith(following, 'store-closed')
    },
  },
}
