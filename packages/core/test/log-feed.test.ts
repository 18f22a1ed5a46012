import { StoreFailureError, StoreUnavailableError } from '@eventfold/core'
import type { LogFilter, StoredEvent } from '@eventfold/core/adapter'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { matchesFilter } from '../src/store/matches-filter.ts'
import { type FeedPage, LogFeed, type LogFeedOptions } from '../src/subscription/log-feed.ts'
import { randomOf } from './projection-fixtures.ts'
import { numbered, type WatchedStore, watchedStore, wholeLog } from './watched-store.ts'

function feedOf({ store }: WatchedStore, options: Partial<LogFeedOptions> = {}): LogFeed {
  return new LogFeed(store, {
    filter: {},
    batchSize: 1_000,
    pollInterval: 60_000,
    batchInterval: 0,
    ...options,
  })
}

/** Who listens is told of an append soon after it, and not before it is over. */
const untilTold = () => new Promise(setImmediate)

/** Pages until they hold `count` events. */
async function take(feed: LogFeed, count: number, after = 0): Promise<FeedPage[]> {
  const pages: FeedPage[] = []
  let events = 0
  for await (const page of feed.pages(after)) {
    pages.push(page)
    events += page.events.length
    if (events >= count) break
  }
  return pages
}

const unavailable = () => new StoreUnavailableError('not-stored', 'as planned')

describe('pages', () => {
  test('start small, grow to the batch size, and say which one is live', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 3_000))
    const pages = await take(feedOf(watched, { batchSize: 1_000 }), 3_000)
    expect(pages.map(({ events }) => events.length)).toEqual([128, 512, 1_000, 1_000, 360])
    expect(pages.map(({ end }) => end)).toEqual([false, false, false, false, true])
    expect(pages.flatMap(({ events }) => events.map(({ position }) => position))).toEqual(
      numbered(1, 3_000).map((_, index) => index + 1),
    )
  })

  test('[14] of large events are small, also of single ones beyond the size of a page', async () => {
    const watched = watchedStore({ maxEventBytes: 32 * 1_048_576 })
    const large = (n: number, characters: number) => numbered(n, n, { data: 'x'.repeat(characters) })
    for (let n = 1; n <= 40; n++) await watched.store.append('a-1', large(n, 1_048_570))
    for (let n = 1; n <= 8; n++) await watched.store.append('a-1', large(n, 9 * 1_048_576))
    const pages = await take(feedOf(watched, { batchSize: 16 }), 48)
    // 16 before any size is known, then what fits into 8 MiB, then one by one.
    expect(pages.map(({ events }) => events.length)).toEqual([16, 8, 8, 8, 8])
    await watched.store.append('a-1', large(9, 9 * 1_048_576))
    watched.reads.length = 0
    await take(feedOf(watched, { batchSize: 2 }), 8, 40)
    expect(watched.reads.map(({ limit }) => limit)).toEqual([2, 1, 1, 1, 1, 1, 1])
  })

  test('[14] are read only when they are asked for', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 1_000))
    const pages = feedOf(watched, { batchSize: 10 }).pages(0)
    for (let reads = 1; reads <= 5; reads++) {
      await pages.next()
      await new Promise((resolve) => setTimeout(resolve))
      expect(watched.reads).toHaveLength(reads)
    }
    await pages.return()
  })

  test('one tells that the head is reached where there is nothing to give, and only one', async () => {
    const watched = watchedStore()
    const feed = feedOf(watched, { pollInterval: 1 })
    const pages = feed.pages(0)
    expect((await pages.next()).value).toEqual({ events: [], next: 0, end: true })
    const second = pages.next()
    await expect.poll(() => watched.reads.length).toBeGreaterThan(3)
    await watched.store.append('a-1', numbered(1, 1))
    expect((await second).value).toMatchObject({ events: [{ position: 1 }], end: true })
    await pages.return()
  })

  test('without events move on over what the filter leaves out', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 300))
    const pages = feedOf(watched, { filter: { types: ['Rare'] }, batchSize: 10 }).pages(0)
    expect((await pages.next()).value).toMatchObject({ events: [], next: 300, end: true })
    await pages.return()
  })

  test('for events that the filter leaves out are read later, many at once, or when somebody waits', async () => {
    const watched = watchedStore()
    const pages = feedOf(watched, { filter: { category: 'rare', types: ['Counted'] } }).pages(0)
    await pages.next()
    let next = pages.next()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    for (let n = 1; n <= 20; n++) {
      await watched.store.append(`often-${n}`, numbered(1, 1))
      await watched.store.append(`rare-${n}`, numbered(1, 1, { type: 'Other' }))
      await new Promise(setImmediate)
    }
    expect(watched.reads).toHaveLength(1)
    vi.advanceTimersByTime(100)
    expect((await next).value).toEqual({ events: [], next: 40, end: true })
    expect(watched.reads).toHaveLength(2)
    await pages.return()

    const hurried = feedOf(watched, { filter: { category: 'rare' } })
    const morePages = hurried.pages(40)
    await morePages.next()
    next = morePages.next()
    // No timer runs: nothing else can make it look.
    await watched.store.append('often-1', numbered(2, 2))
    await new Promise(setImmediate)
    expect(watched.reads).toHaveLength(3)
    hurried.hurry()
    expect((await next).value).toMatchObject({ events: [], next: 41 })
    expect(watched.reads).toHaveLength(4)
    // Nothing was put off.
    next = morePages.next()
    hurried.hurry()
    await new Promise(setImmediate)
    expect(watched.reads).toHaveLength(4)
    await watched.store.append('rare-1', numbered(2, 2))
    expect((await next).value).toMatchObject({ events: [{ position: 42 }] })
    await morePages.return()
  })

  test('of a store that neither moves on nor ends do not make it spin', async () => {
    const watched = watchedStore()
    watched.store.adapter.readLog = async ({ after }) => {
      watched.reads.push({} as never)
      return { events: [], next: after, end: false }
    }
    const feed = feedOf(watched, { pollInterval: 60_000 })
    const pending = feed.pages(0).next()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(watched.reads).toHaveLength(1)
    feed.end()
    expect((await pending).done).toBe(true)
  })

  test('never hold up the event loop for the length of a catch-up', async () => {
    const watched = watchedStore()
    for (let part = 0; part < 10; part++) await watched.store.append('a-1', numbered(1, 10_000))
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 1)
    let pages = 0
    for await (const _ of feedOf(watched, { batchSize: 10, signal: controller.signal }).pages(0)) {
      // The work of a reader.
      const end = performance.now() + 0.5
      while (performance.now() < end);
      pages++
    }
    expect(pages).toBeLessThan(10_000)
  })
})

describe('live', () => {
  test('[9] a wake-up during a read or while a page is in hand is not lost', async () => {
    const watched = watchedStore()
    const feed = feedOf(watched)
    const seen: number[] = []
    // Each page was read before the append that comes while it is on its way.
    const { readLog } = watched.store.adapter
    let appended = 1
    watched.store.adapter.readLog = async (query) => {
      const page = await readLog.call(watched.store.adapter, query)
      if (appended < 20 && appended % 2 === 1)
        await watched.store.append('a-1', numbered(++appended, appended))
      return page
    }
    await watched.store.append('a-1', numbered(1, 1))
    for await (const { events } of feed.pages(0)) {
      seen.push(...events.map(({ position }) => position))
      if (appended < 20 && appended % 2 === 0)
        await watched.store.append('a-1', numbered(++appended, appended))
      if (seen.length === 20) break
    }
    expect(seen).toEqual(numbered(1, 20).map((_, index) => index + 1))
  })

  test('[9] polling alone finds what no wake-up tells', async () => {
    const watched = watchedStore()
    watched.deaf = true
    const pages = feedOf(watched, { pollInterval: 2 }).pages(0)
    await pages.next()
    for (let n = 1; n <= 5; n++) {
      const page = pages.next()
      await watched.store.append('a-1', numbered(n, n))
      expect((await page).value).toMatchObject({ events: [{ position: n }], next: n })
    }
    await pages.return()
  })

  test('spurious wake-ups give nothing twice', async () => {
    const watched = watchedStore()
    const seen: number[] = []
    const feed = feedOf(watched)
    const waking = setInterval(() => watched.wake(), 0)
    const following = (async () => {
      for await (const { events } of feed.pages(0)) {
        seen.push(...events.map(({ position }) => position))
        if (seen.length >= 50) break
      }
    })()
    for (let n = 1; n <= 50; n++) {
      await watched.store.append('a-1', numbered(n, n))
      await new Promise((resolve) => setTimeout(resolve))
    }
    await following
    clearInterval(waking)
    expect(seen).toEqual(numbered(1, 50).map((_, index) => index + 1))
  })

  test('an event after a quiet time comes at once, those soon after it together', async () => {
    vi.useFakeTimers()
    try {
      const watched = watchedStore()
      const feed = feedOf(watched, { batchInterval: 50 })
      const pages = feed.pages(0)
      await pages.next()
      await vi.advanceTimersByTimeAsync(100)
      const first = pages.next()
      await watched.store.append('a-1', numbered(1, 1))
      expect((await first).value).toMatchObject({ next: 1 })
      const second = pages.next()
      for (let n = 2; n <= 6; n++) {
        await vi.advanceTimersByTimeAsync(9)
        await watched.store.append('a-1', numbered(n, n))
      }
      expect(watched.reads).toHaveLength(2)
      await vi.advanceTimersByTimeAsync(5)
      expect((await second).value).toMatchObject({ events: [{}, {}, {}, {}, {}], next: 6 })
      const third = pages.next()
      await new Promise(process.nextTick)
      // Others that still run in this process have timers as well.
      const timers = vi.getTimerCount()
      feed.end()
      expect(vi.getTimerCount()).toBe(timers - 1)
      expect((await third).done).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test('one wake-up without an event, such as an echo, does not delay the next event', async () => {
    vi.useFakeTimers()
    try {
      const watched = watchedStore()
      await watched.store.append('a-1', numbered(1, 1))
      const pages = feedOf(watched, { batchInterval: 50 }).pages(0)
      await pages.next()
      for (let n = 2; n <= 4; n++) {
        const page = pages.next()
        await vi.advanceTimersByTimeAsync(100)
        watched.wake()
        await vi.advanceTimersByTimeAsync(1)
        await watched.store.append('a-1', numbered(n, n))
        expect((await page).value).toMatchObject({ next: n })
      }
      await pages.return()
    } finally {
      vi.useRealTimers()
    }
  })

  test('many wake-ups without an event make few reads', async () => {
    vi.useFakeTimers()
    try {
      const watched = watchedStore()
      const feed = feedOf(watched, { batchInterval: 10 })
      const pending = feed.pages(1)
      await Promise.race([pending.next(), vi.advanceTimersByTimeAsync(10)])
      const next = pending.next()
      for (let wakeUp = 0; wakeUp < 1_000; wakeUp++) {
        watched.wake()
        await vi.advanceTimersByTimeAsync(1)
      }
      expect(watched.reads.length).toBeLessThan(110)
      feed.end()
      await next
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what wake-ups tell', () => {
  async function live(options: Partial<LogFeedOptions> = {}) {
    const watched = watchedStore()
    watched.telling = true
    await watched.store.append('a-1', numbered(1, 3))
    const feed = feedOf(watched, options)
    const pages = feed.pages(0)
    await pages.next()
    return { watched, feed, pages }
  }

  test('is given as it is, without a read', async () => {
    const { watched, pages } = await live()
    for (let n = 4; n <= 8; n++) {
      const page = pages.next()
      await watched.store.append('a-1', numbered(n, n))
      const { value } = await page
      expect(value).toMatchObject({ events: [{ position: n }], next: n, end: true })
      const read = await watched.store.adapter.readLog({ ...wholeLog, after: n - 1 })
      expect(value).toEqual(read)
    }
    expect(watched.reads).toHaveLength(1 + 5)
    await pages.return()
  })

  test('and comes while a page is in hand is one page', async () => {
    const { watched, pages } = await live()
    for (let n = 4; n <= 8; n++) await watched.store.append('a-1', numbered(n, n))
    await untilTold()
    expect((await pages.next()).value).toMatchObject({ events: [{}, {}, {}, {}, {}], next: 8 })
    expect(watched.reads).toHaveLength(1)
    await pages.return()
  })

  test('and is not for the feed moves it on, later or with what is', async () => {
    const { watched, pages } = await live({ filter: { category: 'rare' } })
    for (let n = 4; n <= 8; n++) await watched.store.append('a-1', numbered(n, n))
    await watched.store.append('rare-1', numbered(9, 9))
    await untilTold()
    expect((await pages.next()).value).toMatchObject({ events: [{ position: 9 }], next: 9, end: true })
    await watched.store.append('a-1', numbered(10, 10))
    await untilTold()
    expect((await pages.next()).value).toEqual({ events: [], next: 10, end: true })
    expect(watched.reads).toHaveLength(1)
    await pages.return()
  })

  test.each<[string, (watched: WatchedStore) => unknown]>([
    [
      'other events',
      ({ store }) => store.transaction((tx) => store.append('a-2', numbered(5, 5), { transaction: tx })),
    ],
    ['something unknown', (watched) => watched.wake()],
  ])('is not all after a wake-up for %s, so the log is read', async (_, act) => {
    const { watched, pages } = await live()
    await watched.store.append('a-1', numbered(4, 4))
    await act(watched)
    await watched.store.append('a-1', numbered(6, 6))
    const head = await watched.store.head()
    expect((await pages.next()).value).toMatchObject({ next: head })
    expect(watched.reads).toHaveLength(2)
    await pages.return()
  })

  test('after a lost wake-up is not taken for all', async () => {
    const { watched, pages } = await live()
    watched.deaf = true
    await watched.store.append('a-1', numbered(4, 4))
    watched.deaf = false
    await watched.store.append('a-1', numbered(5, 5))
    expect((await pages.next()).value).toMatchObject({ events: [{ position: 4 }, { position: 5 }] })
    await pages.return()
  })

  test('late is not taken for all where the page before has left something', async () => {
    const { watched, feed, pages } = await live({ batchSize: 2 })
    watched.deaf = true
    await watched.store.append('a-1', numbered(4, 4))
    const { events } = await watched.store.adapter.readLog({ ...wholeLog, after: 2, before: 4 })
    feed.wake([], { after: 2, events })
    expect((await pages.next()).value).toMatchObject({ events: [{ position: 3 }, { position: 4 }] })
    await pages.return()
  })

  test('is not taken for all after a read that has failed', async () => {
    const { watched, pages } = await live()
    await watched.store.append('a-1', numbered(4, 4))
    watched.deaf = true
    await watched.store.append('a-1', numbered(5, 5))
    watched.wake()
    watched.onRead = (number) => {
      if (number === 2) throw unavailable()
    }
    expect((await pages.next()).value).toMatchObject({ events: [{ position: 4 }, { position: 5 }] })
    await pages.return()
  })

  test('[14] is kept up to the size of a page, the rest is read', async () => {
    const { watched, pages } = await live({ batchSize: 4 })
    for (let n = 4; n <= 20; n++) await watched.store.append('a-1', numbered(n, n))
    await untilTold()
    expect((await pages.next()).value).toMatchObject({ events: [{}, {}, {}, {}], next: 7 })
    expect(watched.reads).toHaveLength(2)
    await pages.return()
    const large = await live()
    const text = { data: 'x'.repeat(400_000) }
    for (let n = 4; n <= 6; n++) await large.watched.store.append('a-1', numbered(n, n, text))
    await untilTold()
    expect((await large.pages.next()).value).toMatchObject({ events: [{}, {}, {}], next: 6 })
    expect(large.watched.reads).toHaveLength(2)
    await large.pages.return()
  })

  test('[4] gives each event once and in order, whatever else happens', async () => {
    const random = randomOf(7)
    for (let round = 0; round < 20; round++) {
      const watched = watchedStore()
      watched.onRead = async () => {
        if (random() < 0.2) await new Promise(setImmediate)
        if (random() < 0.05) throw unavailable()
      }
      const filters: LogFilter[] = [{ category: 'b' }, {}, { category: 'a', types: ['Counted'] }]
      const isLast = ({ data }: StoredEvent) => data === '{"n":-1}'
      const followed = filters.map(async (filter, index) => {
        const options = { pollInterval: 10, batchInterval: index, batchSize: 5 + 100 * index }
        const seen: StoredEvent[] = []
        let position = 0
        for await (const { events, next } of feedOf(watched, { filter, ...options }).pages(0)) {
          expect(next).toBeGreaterThanOrEqual(position)
          seen.push(...events)
          position = next
          if (events.some(isLast)) break
          if (random() < 0.3) await new Promise(setImmediate)
        }
        return seen
      })
      for (let n = 0; n < 60; n++) {
        watched.telling = random() < 0.8
        watched.deaf = random() < 0.05
        const stream = random() < 0.6 ? 'a-1' : 'b-1'
        const events = numbered(n, n + (random() < 0.2 ? 7 : 0), random() < 0.3 ? { type: 'Other' } : {})
        if (random() < 0.1)
          await watched.store.transaction((transaction) =>
            watched.store.append(stream, events, { transaction }),
          )
        else await watched.store.append(stream, events)
        if (random() < 0.1) watched.wake()
        if (random() < 0.4) await new Promise(setImmediate)
      }
      await watched.store.append('a-1', numbered(-1, -1))
      await watched.store.append('b-1', numbered(-1, -1))
      watched.onRead = () => {}
      const { events: all } = await watched.store.adapter.readLog(wholeLog)
      for (const [index, seen] of (await Promise.all(followed)).entries()) {
        const last = seen.findIndex(isLast)
        const expected = all.filter((event) => matchesFilter(event, filters[index] as LogFilter))
        expect(last).toBeGreaterThan(-1)
        expect(seen).toEqual(expected.slice(0, seen.length))
      }
    }
  })
})

describe('a store that cannot be reached', () => {
  test('[9] is asked again, with growing pauses, and the feed goes on where it was', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 20))
    const retries: [string, number][] = []
    watched.onRead = (number) => {
      if (number === 2 || number === 3) throw unavailable()
    }
    const feed = feedOf(watched, {
      batchSize: 10,
      onRetry: ({ code }, attempt) => void retries.push([code, attempt]),
    })
    const pages = await take(feed, 20)
    expect(pages.map(({ next }) => next)).toEqual([10, 20])
    expect(retries).toEqual([
      ['store-unavailable', 1],
      ['store-unavailable', 2],
    ])
  })

  test('is asked again for wake-ups and for the beginning, too', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 2))
    let failures = 2
    const failing = () => {
      if (failures-- > 0) throw unavailable()
    }
    watched.onListen = failing
    watched.onHead = failing
    const pages = feedOf(watched).pages(async () => (await watched.store.head()) - 1)
    failures = 1
    const page = pages.next()
    await expect.poll(() => watched.listeners).toBe(1)
    failures = 1
    expect((await page).value).toMatchObject({ events: [{ position: 2 }] })
    await pages.return()
    expect(watched.listeners).toBe(0)
  })

  test('ends the feed where waiting does not help, and leaves no listener', async () => {
    const watched = watchedStore()
    watched.onRead = () => {
      throw new StoreFailureError('as planned')
    }
    await expect(take(feedOf(watched), 1)).rejects.toMatchObject({ code: 'store-failure' })
    expect(watched.listeners).toBe(0)
    watched.onRead = () => {
      throw new TypeError('of a driver')
    }
    await expect(take(feedOf(watched), 1)).rejects.toThrow(TypeError)
    expect(watched.listeners).toBe(0)
  })
})
