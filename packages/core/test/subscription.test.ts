import { getEventListeners } from 'node:events'
import { StoreUnavailableError, type SubscribeOptions, type Subscription } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { numbered, watchedStore } from './watched-store.ts'

const unavailable = () => new StoreUnavailableError('not-stored', 'as planned')
const never = () => new Promise<void>(() => {})

async function take(subscription: Subscription, count: number): Promise<number[]> {
  const positions: number[] = []
  for await (const { position } of subscription) {
    positions.push(position)
    if (positions.length === count) break
  }
  return positions
}

describe('where it begins', () => {
  test('at the beginning, after a position, or now; and every iteration begins there', async () => {
    const store = openMemory()
    await store.append('a-1', numbered(1, 4))
    const now = store.subscribe({ after: 'now' })
    await store.append('a-1', numbered(5, 6))
    for (const _ of [1, 2]) {
      expect(await take(store.subscribe(), 3)).toEqual([1, 2, 3])
      expect(await take(store.subscribe({ after: 2 }), 3)).toEqual([3, 4, 5])
      expect(await take(now, 2)).toEqual([5, 6])
    }
    expect(await now.beginning()).toBe(4)
    expect(await store.subscribe({ after: 2 }).beginning()).toBe(2)
  })

  test("'now' is asked for again where the store could not be reached", async () => {
    const watched = watchedStore()
    let failures = 2
    watched.onHead = () => {
      if (failures-- > 0) throw unavailable()
    }
    await watched.store.append('a-1', numbered(1, 1))
    const subscription = watched.store.subscribe({ after: 'now' })
    await expect(subscription.beginning()).rejects.toMatchObject({ code: 'store-unavailable' })
    const first = subscription[Symbol.asyncIterator]().next()
    await expect.poll(() => watched.reads.length).toBeGreaterThan(0)
    await watched.store.append('a-1', numbered(2, 2))
    expect((await first).value).toMatchObject({ position: 2 })
  })

  test('options that cannot be are refused at the call', () => {
    const store = openMemory()
    const refused: [SubscribeOptions, string][] = [
      [{ after: -1 }, 'invalid-option'],
      [{ after: 0.5 }, 'invalid-option'],
      [{ batchSize: 0 }, 'invalid-option'],
      [{ pollInterval: 0 }, 'invalid-option'],
      [{ batchInterval: -1 }, 'invalid-option'],
      [{ types: [] }, 'invalid-option'],
      [{ stream: '' }, 'invalid-stream-id'],
      [{ category: 'a-b' }, 'invalid-stream-id'],
      [{ types: [''] }, 'invalid-event-type'],
      [{ tags: [''] }, 'invalid-tag'],
    ]
    for (const [options, code] of refused) {
      expect(() => store.subscribe(options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code }),
      )
    }
  })
})

describe('what it gives', () => {
  test('batches with the position to go on from, and whether they are live', async () => {
    const store = openMemory()
    await store.append('a-1', numbered(1, 3))
    const batches = store.subscribe({ batchSize: 2 }).batches()
    expect((await batches.next()).value).toMatchObject({
      events: [{ data: { n: 1 } }, { data: { n: 2 } }],
      position: 2,
      live: false,
    })
    expect((await batches.next()).value).toMatchObject({ events: [{}], position: 3, live: true })
    await batches.return()
  })

  test('one live batch tells that there is nothing yet', async () => {
    const batches = openMemory().subscribe().batches()
    expect((await batches.next()).value).toEqual({ events: [], position: 0, live: true })
    await batches.return()
  })

  test('all events before one that cannot be read, then its error', async () => {
    const store = openMemory({
      codec: {
        encode: (value) => JSON.stringify(value),
        decode: (text) => JSON.parse(text.replace('{"n":3}', '{"n":')),
      },
    })
    await store.append('a-1', numbered(1, 5))
    const seen: unknown[] = []
    const reading = store.subscribe().forEach(({ data }) => void seen.push(data))
    await expect(reading).rejects.toMatchObject({ code: 'unreadable-event', version: 3 })
    expect(seen).toEqual([{ n: 1 }, { n: 2 }])
    const batches = store.subscribe().batches()
    expect((await batches.next()).value).toMatchObject({ position: 2, live: false })
    await expect(batches.next()).rejects.toMatchObject({ code: 'unreadable-event' })
    await expect(take(store.subscribe({ after: 2 }), 1)).rejects.toMatchObject({ version: 3 })
  })

  test('the handler gets one event after another, each after the one before has ended', async () => {
    const store = openMemory()
    await store.append('a-1', numbered(1, 5))
    const controller = new AbortController()
    const steps: string[] = []
    await store.subscribe({ signal: controller.signal }).forEach(async ({ position }) => {
      steps.push(`begin ${position}`)
      await new Promise((resolve) => setTimeout(resolve))
      steps.push(`end ${position}`)
      if (position === 3) controller.abort()
    })
    expect(steps).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
  })

  test('an error of the handler ends it', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 5))
    const reading = watched.store.subscribe().forEach(({ position }) => {
      if (position === 2) throw new RangeError('as planned')
    })
    await expect(reading).rejects.toThrow(RangeError)
    expect(watched.listeners).toBe(0)
  })
})

describe('how it ends', () => {
  test('left by break, throw or return it keeps no listener', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 5))
    const { signal } = new AbortController()
    const subscription = watched.store.subscribe({ signal })
    await take(subscription, 2)
    const throwing = async () => {
      for await (const _ of subscription) throw new Error('as planned')
    }
    await expect(throwing()).rejects.toThrow('as planned')
    const batches = subscription.batches()
    await batches.next()
    expect(watched.listeners).toBe(1)
    await batches.return()
    expect(watched.listeners).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await watched.store.close()
  })

  test('return ends it also while it waits for an event', async () => {
    const watched = watchedStore()
    for (const iterator of [
      watched.store.subscribe({ pollInterval: 600_000 })[Symbol.asyncIterator](),
      watched.store.subscribe({ pollInterval: 600_000, after: 1 }).batches(),
    ]) {
      await watched.store.append('a-1', numbered(1, 1))
      let waiting = iterator.next()
      // The first batch of the second says that it is live.
      await waiting
      waiting = iterator.next()
      await new Promise(setImmediate)
      expect(await iterator.return()).toEqual({ done: true, value: undefined })
      expect(await waiting).toEqual({ done: true, value: undefined })
      expect(watched.listeners).toBe(0)
    }
  })

  test('a signal that has aborted before reads nothing', async () => {
    const watched = watchedStore()
    await watched.store.append('a-1', numbered(1, 1))
    expect(await take(watched.store.subscribe({ signal: AbortSignal.abort() }), 1)).toEqual([])
    expect(watched.reads).toHaveLength(0)
    expect(watched.listeners).toBe(0)
  })

  test('no event comes after the signal, not even of the batch in hand', async () => {
    const store = openMemory()
    await store.append('a-1', numbered(1, 50))
    const controller = new AbortController()
    const { signal } = controller
    const seen: number[] = []
    for await (const { position } of store.subscribe({ signal })) {
      seen.push(position)
      if (position === 7) controller.abort()
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('a signal ends it wherever it is, without waiting for a store that hangs', async () => {
    const places: [string, (watched: ReturnType<typeof watchedStore>) => void][] = [
      ['beginning to listen', (watched) => Object.assign(watched, { onListen: never })],
      ['asking where the log ends', (watched) => Object.assign(watched, { onHead: never })],
      ['the first read', (watched) => Object.assign(watched, { onRead: never })],
      [
        'a later read',
        (watched) => Object.assign(watched, { onRead: (n: number) => (n > 1 ? never() : undefined) }),
      ],
      ['the pause after a failure', (watched) => Object.assign(watched, { onRead: () => fail() })],
      ['the head of the log', () => {}],
    ]
    const fail = () => {
      throw unavailable()
    }
    for (const [place, spoil] of places) {
      const watched = watchedStore()
      spoil(watched)
      const controller = new AbortController()
      const { signal } = controller
      const reading = watched.store
        .subscribe({ signal, after: 'now', pollInterval: 600_000 })
        .forEach(() => {})
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve))
      controller.abort()
      await expect(reading, place).resolves.toBeUndefined()
      expect(watched.listeners, place).toBe(0)
      expect(getEventListeners(signal, 'abort'), place).toHaveLength(0)
    }
  })

  test('a listener that is granted only after the end is given back', async () => {
    const watched = watchedStore()
    const granted = Promise.withResolvers<void>()
    watched.onListen = () => granted.promise
    const controller = new AbortController()
    const reading = watched.store.subscribe({ signal: controller.signal }).forEach(() => {})
    controller.abort()
    await reading
    granted.resolve()
    await new Promise((resolve) => setTimeout(resolve))
    expect(watched.listeners).toBe(0)
  })

  test('a store that is closed under it ends it with an error, at once', async () => {
    const store = openMemory()
    const reading = store.subscribe({ pollInterval: 600_000 }).forEach(() => {})
    const ended = expect(reading).rejects.toMatchObject({ code: 'store-closed' })
    await new Promise((resolve) => setTimeout(resolve))
    await store.close()
    await ended
    await expect(take(store.subscribe(), 1)).rejects.toMatchObject({ code: 'store-closed' })
    await expect(take(store.subscribe({ after: 'now' }), 1)).rejects.toMatchObject({ code: 'store-closed' })
  })
})
