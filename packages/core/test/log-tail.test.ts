import { StoreUnavailableError } from '@eventfold/core'
import { expect, test, vi } from 'vitest'
import { type FeedPage, LogFeed, type LogFeedOptions } from '../src/subscription/log-feed.ts'
import { numbered, type WatchedStore, watchedStore } from './watched-store.ts'

type Pages = AsyncGenerator<FeedPage, void, undefined>

/** Feeds that have all reached the head of the log, and wait for the next page. */
async function liveFeeds(
  { store }: WatchedStore,
  all: readonly Partial<LogFeedOptions>[],
): Promise<{ readonly next: Promise<FeedPage>[]; readonly pages: Pages[]; end(): Promise<void> }> {
  const feeds = all.map(
    (options) =>
      new LogFeed(store, {
        filter: {},
        batchSize: 1_000,
        pollInterval: 60_000,
        batchInterval: 0,
        ...options,
      }),
  )
  const pages = feeds.map((feed) => feed.pages(0))
  for (const each of pages) while ((await each.next()).value?.end !== true);
  const next = pages.map((each) => nextOf(each))
  await new Promise((resolve) => setTimeout(resolve))
  const end = async () => {
    for (const feed of feeds) feed.end()
    await Promise.all(pages.map((each) => each.return()))
  }
  return { next, pages, end }
}

async function nextOf(pages: Pages): Promise<FeedPage> {
  const { value } = await pages.next()
  return value as FeedPage
}

const positions = ({ events }: FeedPage) => events.map(({ position }) => position)

test('live feeds look together: one read for all of them', async () => {
  const watched = watchedStore()
  await watched.store.append('a-1', numbered(1, 3))
  const { next, pages, end } = await liveFeeds(watched, [{}, {}, {}, {}])
  for (let number = 4; number < 10; number++) {
    watched.reads.length = 0
    const awaited = number === 4 ? next : pages.map((each) => nextOf(each))
    await watched.store.append('a-1', numbered(number, number))
    for (const page of await Promise.all(awaited)) expect(positions(page)).toEqual([number])
    expect(watched.reads).toHaveLength(1)
  }
  await end()
})

test('each gets what its filter lets through, with one filter for all in the storage', async () => {
  const watched = watchedStore()
  const filter = { category: 'a' }
  const same = await liveFeeds(watched, [{ filter }, { filter: { ...filter } }])
  watched.reads.length = 0
  await watched.store.append('b-1', numbered(1, 2))
  await watched.store.append('a-1', numbered(3, 3))
  const found = await Promise.all(same.next)
  expect(found.at(-1)).toMatchObject({ next: 3, end: true })
  expect(watched.reads.every((query) => query.filter.category === 'a')).toBe(true)
  await same.end()

  const filters = [{ category: 'a' }, { types: ['Other'] }, { stream: 'b-2' }, { tags: ['x', 'y'] }, {}]
  const different = await liveFeeds(
    watched,
    filters.map((one) => ({ filter: one })),
  )
  watched.reads.length = 0
  await watched.store.appendAll([
    { stream: 'a-2', events: [...numbered(4, 4), ...numbered(5, 5, { type: 'Other' })] },
    { stream: 'ab-1', events: numbered(6, 6, { tags: ['y', 'x'] }) },
    { stream: 'b-2', events: numbered(7, 7, { tags: ['y'] }) },
  ])
  const pages = await Promise.all(different.next)
  expect(pages.map(positions)).toEqual([[4, 5], [5], [7], [6], [4, 5, 6, 7]])
  expect(pages.every(({ next, end }) => next === 7 && end)).toBe(true)
  expect(watched.reads).toHaveLength(1)
  await different.end()
})

test('[9] a wake-up while they look together is lost by none of them', async () => {
  const watched = watchedStore()
  const { next, pages, end } = await liveFeeds(watched, [{}, {}, {}])
  const { readLog } = watched.store.adapter
  let isFirst = true
  watched.store.adapter.readLog = async (query) => {
    const page = await readLog.call(watched.store.adapter, query)
    if (isFirst) {
      isFirst = false
      await watched.store.append('a-1', numbered(2, 2))
    }
    return page
  }
  await watched.store.append('a-1', numbered(1, 1))
  expect((await Promise.all(next)).map(positions)).toEqual([[1], [1], [1]])
  expect((await Promise.all(pages.map((each) => nextOf(each)))).map(positions)).toEqual([[2], [2], [2]])
  await end()
})

test('[9] where the look fails, each tries again', async () => {
  const watched = watchedStore()
  const retries: number[] = []
  const feeds = [0, 1, 2].map((feed) => ({ onRetry: () => void retries.push(feed) }))
  const { next, end } = await liveFeeds(watched, feeds)
  watched.reads.length = 0
  watched.onRead = (number) => {
    if (number === 1) throw new StoreUnavailableError('not-stored', 'as planned')
  }
  await watched.store.append('a-1', numbered(1, 1))
  expect((await Promise.all(next)).map(positions)).toEqual([[1], [1], [1]])
  expect(retries.toSorted()).toEqual([0, 1, 2])
  await end()
})

test('one that takes less at once reads the rest by itself', async () => {
  const watched = watchedStore()
  const { next, pages, end } = await liveFeeds(watched, [{}, { batchSize: 2 }])
  await watched.store.append('a-1', numbered(1, 5))
  const [all, part] = await Promise.all(next)
  expect(all).toMatchObject({ next: 5, end: true })
  expect(part).toMatchObject({ events: [{}, {}], next: 2, end: false })
  const [, slow] = pages as [Pages, Pages]
  expect(positions(await nextOf(slow))).toEqual([3, 4])
  expect(positions(await nextOf(slow))).toEqual([5])
  await end()
})

test('[14] for several filters it reads few events at a time, since they may be large', async () => {
  const watched = watchedStore()
  const { next, end } = await liveFeeds(watched, [{}, { filter: { category: 'b' } }])
  watched.reads.length = 0
  await watched.store.append('a-1', numbered(1, 300))
  expect((await (next[0] as Promise<FeedPage>)).events).toHaveLength(128)
  expect(watched.reads[0]).toMatchObject({ filter: {}, limit: 128 })
  await end()
})

test('one that wants larger batches is not hurried by the others', async () => {
  vi.useFakeTimers()
  try {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 1))
    const starting = liveFeeds(watched, [{}, { batchInterval: 50 }])
    await vi.advanceTimersByTimeAsync(1)
    const { next, pages, end } = await starting
    for (let number = 2; number <= 5; number++) {
      await watched.store.append('a-1', numbered(number, number))
      await vi.advanceTimersByTimeAsync(1)
    }
    const [first, second] = next as [Promise<FeedPage>, Promise<FeedPage>]
    expect(positions(await first)).toEqual([2])
    await vi.advanceTimersByTimeAsync(60)
    expect(positions(await second)).toEqual([2, 3, 4, 5])
    expect(positions(await nextOf(pages[0] as Pages))).toEqual([3, 4, 5])
    const last = pages.map((each) => each.next())
    await new Promise(process.nextTick)
    // Others that still run in this process have timers as well.
    const timers = vi.getTimerCount()
    const ending = end()
    expect(vi.getTimerCount()).toBe(timers - 2)
    expect((await Promise.all(last)).map(({ done }) => done)).toEqual([true, true])
    await vi.advanceTimersByTimeAsync(1)
    await ending
  } finally {
    vi.useRealTimers()
  }
})

test('nobody looks for a feed that has ended', async () => {
  const watched = watchedStore()
  const both = [await liveFeeds(watched, [{ filter: { category: 'a' } }]), await liveFeeds(watched, [{}])]
  await both[0]?.end()
  watched.reads.length = 0
  await watched.store.append('a-1', numbered(1, 1))
  expect(positions(await (both[1]?.next[0] as Promise<FeedPage>))).toEqual([1])
  expect(watched.reads.map(({ filter }) => filter)).toEqual([{}])
  await both[1]?.end()
  expect(watched.listeners).toBe(0)
})
