import {
  Consumer,
  type ConsumerOptions,
  type Delivery,
  EventStore,
  HistoryDivergedError,
  StoreClosedError,
  UnsupportedError,
  WaitTimeoutError,
} from '@eventfold/core'
import { consumerNames, type StoreAdapter } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test, vi } from 'vitest'
import {
  append,
  documentsOf,
  listingProcessor,
  lists,
  quick,
  stopAtEnd,
  storeWithClock,
} from './consumer-fixtures.ts'
import { failingStore } from './failing-adapter.ts'
import { watchedStore } from './watched-store.ts'

/** A consumer that notes the events it is given. */
function noting(store: EventStore, options: ConsumerOptions = {}, name = 'test') {
  const seen: string[] = []
  const handle = ({ event }: Delivery) => void seen.push(`${event.stream}/${event.version}`)
  return { consumer: stopAtEnd(new Consumer(store, name, { handle }, { ...quick, ...options })), seen }
}

test('it handles what is there, and then what comes, in order, and goes on after a restart', async () => {
  const store = openMemory()
  const { consumer, seen } = noting(store)
  await append(store, 'a-1', 3)
  await consumer.start()
  await consumer.waitFor(await append(store, 'b-1', 2))
  expect(seen).toEqual(['a-1/1', 'a-1/2', 'a-1/3', 'b-1/1', 'b-1/2'])
  expect(consumer.state).toBe('live')
  await consumer.stop()
  expect(consumer.state).toBe('stopped')
  await append(store, 'b-1')
  const next = noting(store)
  await next.consumer.start()
  await next.consumer.waitFor(6)
  expect(next.seen).toEqual(['b-1/3'])
  await next.consumer.stop()
  await consumer.start()
  await consumer.waitFor(await append(store, 'c-1'))
  expect(seen.slice(5)).toEqual(['c-1/1'])
})

test('it looks at once at what it has put off when somebody waits, and not before', async () => {
  const watched = watchedStore()
  const { consumer } = noting(watched.store, { filter: { category: 'others' }, batchInterval: 0 })
  // Its first look is behind it once it has passed this event over.
  const passed = await append(watched.store, 'a-1')
  await consumer.start()
  await consumer.waitFor(passed)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const position = await append(watched.store, 'a-1', 3)
    await new Promise(setImmediate)
    const reads = watched.reads.length
    await append(watched.store, 'a-1', 3)
    await new Promise(setImmediate)
    expect(watched.reads).toHaveLength(reads)
    // No timer runs: nothing else can make it move on.
    await consumer.waitFor(position)
    expect(watched.reads.length).toBeGreaterThan(reads)
  } finally {
    vi.useRealTimers()
  }
})

test('apply gets batches, in the transaction that moves the checkpoint', async () => {
  const store = openMemory()
  const sizes: number[] = []
  const { apply } = listingProcessor(store.adapter)
  const consumer = stopAtEnd(
    new Consumer(
      store,
      'test',
      {
        apply: (deliveries, transaction, context) => {
          sizes.push(deliveries.length)
          return apply(deliveries, transaction, context)
        },
      },
      quick,
    ),
  )
  const position = await append(store, 'a-1', 100)
  await consumer.start()
  await consumer.waitFor(position)
  expect(sizes).toEqual([100])
  expect((await lists(store))['a-1']?.split(' ')).toHaveLength(100)
})

test.each([
  ['waits for the disk', undefined, true],
  ['does not, if it never appends', false, false],
])('what apply does %s', async (_, appends, expected) => {
  const store = openMemory()
  const { transaction } = store.adapter
  const durable: unknown[] = []
  store.adapter.transaction = (work, options) => {
    durable.push(options?.durable)
    return transaction.call(store.adapter, work, options) as never
  }
  const { apply } = listingProcessor(store.adapter)
  const processor = appends === undefined ? { apply } : { apply, appends }
  const consumer = stopAtEnd(new Consumer(store, 'test', processor, quick))
  await consumer.start()
  await consumer.waitFor(await append(store, 'a-1'))
  expect(durable.at(-1)).toBe(expected)
})

test('the idempotency key is the same in every attempt and unlike any other', async () => {
  const store = openMemory()
  const keys: string[] = []
  const handle = (_: unknown, { idempotencyKey }: { idempotencyKey: string }) => {
    keys.push(idempotencyKey)
    if (keys.length === 1) throw new Error('once')
  }
  const consumer = stopAtEnd(new Consumer(store, 'test', { handle }, quick))
  await append(store, 'a-1', 2)
  await consumer.start()
  await consumer.waitFor(2)
  const [first, second] = (await store.readStream('a-1')).map(({ id }) => `test/${id}`)
  expect(keys).toEqual([first, first, second])
})

test('it may begin now, or after a position, and only the first start decides', async () => {
  const store = openMemory()
  await append(store, 'a-1', 3)
  const now = noting(store, { from: 'now' }, 'now')
  const after = noting(store, { from: 2 }, 'after')
  await now.consumer.start()
  await after.consumer.start()
  await append(store, 'a-1')
  await Promise.all([now.consumer.waitFor(4), after.consumer.waitFor(4)])
  expect(now.seen).toEqual(['a-1/4'])
  expect(after.seen).toEqual(['a-1/3', 'a-1/4'])
  await now.consumer.stop()
  await append(store, 'a-1')
  const again = noting(store, { from: 'beginning' }, 'now')
  await again.consumer.start()
  await again.consumer.waitFor(5)
  expect(again.seen).toEqual(['a-1/5'])
})

test('the checkpoint moves over what the filter leaves out, and nothing later is missed', async () => {
  const store = openMemory()
  const { consumer, seen } = noting(store, { filter: { category: 'b' }, partitions: 2, batchSize: 10 })
  const position = await append(store, 'a-1', 1_000)
  await consumer.start()
  await consumer.waitFor(position)
  await consumer.stop()
  const { partitions, lag } = await consumer.status()
  expect(partitions.map((partition) => partition.position)).toEqual([1_000, 1_000])
  expect(lag).toEqual({ events: 0, seconds: 0 })
  await append(store, 'b-1')
  await consumer.start()
  await consumer.waitFor(1_001)
  expect(seen).toEqual(['b-1/1'])
})

describe('waitFor', () => {
  test('is never early, and rejects in time with how far it is', async () => {
    const store = openMemory()
    const free = Promise.withResolvers<void>()
    const seen: number[] = []
    const handle = async ({ event }: Delivery) => {
      if (event.position === 2) await free.promise
      seen.push(event.position)
    }
    const consumer = stopAtEnd(new Consumer(store, 'test', { handle }, { ...quick, batchSize: 1 }))
    await consumer.start()
    await append(store, 'a-1', 2)
    await consumer.waitFor(1)
    const error = await consumer.waitFor(2, { timeout: 10 }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(WaitTimeoutError)
    expect(error).toMatchObject({ code: 'wait-timeout', consumer: 'test', position: 2, reached: 1 })
    const waiting = consumer.waitFor(2).then(() => [...seen])
    free.resolve()
    expect(await waiting).toEqual([1, 2])
  })

  test('works where the consumer does not run, for all of its partitions or those of a key', async () => {
    const store = openMemory()
    const { consumer } = noting(store, { partitions: 4 })
    const elsewhere = new Consumer(store, 'test', { handle: () => {} }, quick)
    await expect(elsewhere.waitFor(1, { timeout: 5 })).rejects.toMatchObject({ reached: 0 })
    await consumer.start()
    const position = await append(store, 'a-1', 5)
    await elsewhere.waitFor(position)
    await elsewhere.waitFor(position, { keys: ['a-1'] })
    await consumer.waitFor(await append(store, 'b-1'), { keys: ['b-1', 'a-1'] })
  })

  test('with keys it waits for their partitions alone, here and elsewhere', async () => {
    const store = openMemory()
    const free = Promise.withResolvers<void>()
    const handle = ({ event }: Delivery) => (event.stream === 'account-1' ? free.promise : undefined)
    const consumer = stopAtEnd(new Consumer(store, 'test', { handle }, { ...quick, partitions: 8 }))
    const elsewhere = new Consumer(store, 'test', { handle }, quick)
    await consumer.start()
    await append(store, 'account-1')
    const position = await append(store, 'account-2')
    for (const each of [consumer, elsewhere]) {
      await each.waitFor(position, { keys: ['account-2'] })
      const early = [{}, { keys: ['account-1'] }, { keys: ['account-2', 'account-1'] }]
      for (const options of early) {
        await expect(each.waitFor(position, { timeout: 20, ...options })).rejects.toThrow(WaitTimeoutError)
      }
    }
    free.resolve()
    await elsewhere.waitFor(position)
  })

  test('ends with its signal, and with errors that do not pass', async () => {
    const store = openMemory()
    const { consumer } = noting(store)
    const reason = new Error('no longer')
    await expect(consumer.waitFor(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await store.close()
    await expect(consumer.waitFor(1)).rejects.toThrow(StoreClosedError)
    await expect(consumer.waitFor(-1)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

describe('pause and resume', () => {
  test('nothing is processed until resume, also by instances that start meanwhile', async () => {
    const store = openMemory()
    const one = noting(store)
    await one.consumer.start()
    const late = noting(store)
    await late.consumer.pause()
    expect((await late.consumer.status()).partitions).toMatchObject([{ owner: undefined }])
    await late.consumer.start()
    expect(late.consumer.state).toBe('paused')
    await append(store, 'a-1')
    await expect.poll(() => one.consumer.state).toBe('paused')
    await expect(late.consumer.waitFor(1, { timeout: 5 })).rejects.toThrow(/it is paused/)
    expect([...one.seen, ...late.seen]).toEqual([])
    await one.consumer.resume()
    await one.consumer.waitFor(1)
    expect([...one.seen, ...late.seen]).toEqual(['a-1/1'])
  })

  test('an instance that does not hear of it is fenced', async () => {
    const { store } = storeWithClock()
    const stuck = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const other = failingStore(store.adapter)
    const { apply } = listingProcessor(other.store.adapter)
    other.store.adapter.transaction = async (work, options) => {
      if (options?.signal !== undefined) {
        entered.resolve()
        await stuck.promise
      }
      return store.adapter.transaction(work, options)
    }
    const one = stopAtEnd(new Consumer(other.store, 'test', { apply }, quick))
    await one.start()
    await append(store, 'a-1')
    await entered.promise
    const { consumer } = noting(store)
    await consumer.pause()
    stuck.resolve()
    await expect.poll(() => one.state).toBe('paused')
    expect(await lists(store)).toEqual({})
  })

  test('a consumer may be paused before its first start', async () => {
    const store = openMemory()
    const { consumer, seen } = noting(store)
    await append(store, 'a-1')
    await consumer.pause()
    await consumer.start()
    expect(consumer.state).toBe('paused')
    await consumer.resume()
    await consumer.waitFor(1)
    expect(seen).toEqual(['a-1/1'])
  })
})

describe('stop', () => {
  test('in mid-batch: the event under way is done, saved, and not repeated', async () => {
    const store = openMemory()
    const entered = Promise.withResolvers<void>()
    const free = Promise.withResolvers<void>()
    const seen: number[] = []
    const handle = async ({ event }: Delivery) => {
      if (event.version === 3) {
        entered.resolve()
        await free.promise
      }
      seen.push(event.version)
    }
    const consumer = new Consumer(store, 'test', { handle }, { ...quick, stopTimeout: 5_000 })
    await append(store, 'a-1', 5)
    await consumer.start()
    await entered.promise
    const stopped = consumer.stop()
    expect(consumer.stop()).toBeInstanceOf(Promise)
    free.resolve()
    await stopped
    expect(seen).toEqual([1, 2, 3])
    await consumer.start()
    await consumer.waitFor(5)
    expect(seen).toEqual([1, 2, 3, 4, 5])
    await consumer.stop()
  })

  test('aborts what does not end in time; its event comes again', async () => {
    const store = openMemory()
    const entered = Promise.withResolvers<void>()
    const aborted: unknown[] = []
    let hangs = true
    const seen: number[] = []
    const handle = ({ event }: Delivery, { signal }: { signal: AbortSignal }) => {
      if (event.version === 2 && hangs) {
        signal.addEventListener('abort', () => aborted.push(event.version))
        entered.resolve()
        return new Promise(() => {})
      }
      return seen.push(event.version)
    }
    const consumer = new Consumer(store, 'test', { handle }, { ...quick, stopTimeout: 5 })
    await append(store, 'a-1', 3)
    await consumer.start()
    await entered.promise
    await consumer.stop()
    expect(aborted).toEqual([2])
    hangs = false
    await consumer.start()
    await consumer.waitFor(3)
    await consumer.stop()
    expect(seen).toEqual([1, 2, 3])
  })

  test('ends the pause before another attempt, and leaves no timer and no listener', async () => {
    const store = openMemory()
    const failed = Promise.withResolvers<void>()
    let listeners = 0
    const { onAppend } = store.adapter
    store.adapter.onAppend = async (listener) => {
      const end = await onAppend.call(store.adapter, listener)
      listeners++
      return async () => {
        listeners--
        await end()
      }
    }
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const consumer = new Consumer(
      store,
      'test',
      {
        handle: () => {
          throw new Error('always')
        },
      },
      { retry: { firstPause: 60_000, longestPause: 60_000 }, partitions: 3, onError: () => failed.resolve() },
    )
    await append(store, 'a-1')
    await consumer.start()
    await failed.promise
    expect(consumer.state).toBe('retrying')
    expect(listeners).toBe(4)
    await consumer.stop()
    expect(listeners).toBe(0)
    const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    expect(after).toBeLessThanOrEqual(before)
    expect(await documentsOf(store).count('eventfold:instances/test', [])).toBe(0)
  })

  test('during a start leaves nothing that runs', async () => {
    const store = openMemory()
    const { consumer, seen } = noting(store, { partitions: 2 })
    await append(store, 'a-1')
    const starting = consumer.start()
    await consumer.stop()
    await starting
    expect(consumer.state).toBe('stopped')
    await expect.poll(() => documentsOf(store).count('eventfold:instances/test', [])).toBe(0)
    expect(seen).toEqual([])
  })

  test('and a start after it, both during a start, leave it running', async () => {
    const store = openMemory()
    const { consumer, seen } = noting(store)
    const first = consumer.start()
    await Promise.resolve()
    const stopping = consumer.stop()
    await Promise.all([first, stopping, consumer.start()])
    await consumer.waitFor(await append(store, 'a-1'))
    expect(seen).toEqual(['a-1/1'])
    expect(consumer.state).toBe('live')
  })

  test('resolves when the store does not answer any more', async () => {
    const failing = failingStore(openMemory().adapter)
    const { consumer } = noting(failing.store)
    await consumer.start()
    failing.kill()
    await consumer.stop()
    expect(consumer.state).toBe('stopped')
  })
})

describe('a history that is not the one that was processed', () => {
  async function processed() {
    const store = openMemory()
    const { consumer } = noting(store)
    await consumer.start()
    await consumer.waitFor(await append(store, 'a-1', 5))
    await consumer.stop()
    /** The documents of this store over the log of another. */
    const over = (other: EventStore) => {
      const { documents, transaction } = failingStore(store.adapter).store.adapter
      return new EventStore({
        ...failingStore(other.adapter).store.adapter,
        documents,
        transaction,
      } as StoreAdapter)
    }
    return { store, over }
  }

  test('that ends before the checkpoint stops the consumer at the start', async () => {
    const { over } = await processed()
    const shorter = openMemory()
    await append(shorter, 'a-1', 3)
    const { consumer, seen } = noting(over(shorter))
    const error = await consumer.start().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HistoryDivergedError)
    expect(error).toMatchObject({ consumer: 'test', position: 5 })
    expect(consumer.state).toBe('failed')
    expect(seen).toEqual([])
  })

  test('that has another event at the checkpoint stops it too', async () => {
    const { over } = await processed()
    const other = openMemory()
    await append(other, 'a-1', 9)
    const { consumer } = noting(over(other))
    await expect(consumer.start()).rejects.toMatchObject({ code: 'history-diverged', position: 5 })
  })

  test('whose end is hidden for a moment, by an append that is still open, goes on', async () => {
    const { store } = await processed()
    const { head } = store.adapter
    let looks = 0
    const hidden = failingStore(store.adapter).store.adapter
    const { consumer } = noting(
      new EventStore({
        ...hidden,
        head: async () => (++looks <= 2 ? 1 : head.call(store.adapter)),
      } as StoreAdapter),
    )
    await consumer.start()
    expect(looks).toBeGreaterThan(2)
    expect(consumer.state).toBe('live')
    await consumer.stop()
  })

  test('that was cut off below the checkpoint goes on', async () => {
    const { store } = await processed()
    const { readLog } = store.adapter
    store.adapter.readLog = async (query) => {
      const page = await readLog.call(store.adapter, query)
      return { ...page, events: page.events.filter(({ position }) => position > 5) }
    }
    const { consumer, seen } = noting(store)
    await consumer.start()
    await consumer.waitFor(await append(store, 'a-1'))
    expect(seen).toEqual(['a-1/6'])
  })

  test('while it runs stops it at the next sign of life', async () => {
    const store = openMemory()
    const { consumer } = noting(store, { leaseTime: 30 })
    await consumer.start()
    await consumer.waitFor(await append(store, 'a-1', 5))
    store.adapter.head = async () => 3
    await expect.poll(() => consumer.state).toBe('failed')
    expect((await consumer.status()).error).toMatchObject({ code: 'history-diverged' })
  })
})

test('a store that is closed under it ends it, visibly', async () => {
  const store = openMemory()
  const failed = Promise.withResolvers<unknown>()
  const { consumer } = noting(store, {
    onStateChange: ({ to, error }) => to === 'failed' && failed.resolve(error),
    leaseTime: 30,
  })
  await consumer.start()
  await store.close()
  expect(await failed.promise).toBeInstanceOf(StoreClosedError)
  await consumer.stop()
  await expect(consumer.start()).rejects.toThrow(StoreClosedError)
})

test('a consumer whose documents are removed ends, visibly', async () => {
  const store = openMemory()
  const { consumer } = noting(store, { leaseTime: 30 })
  await consumer.start()
  await documentsOf(store).clear('eventfold:consumers')
  await expect.poll(() => consumer.state).toBe('failed')
  expect((await consumer.status()).error).toMatchObject({ code: 'consumer-removed' })
})

test('a start that fails rejects, and may be tried again', async () => {
  const failing = failingStore(openMemory().adapter, (call) => (call === 1 ? 'refuse' : undefined))
  const { consumer } = noting(failing.store)
  await expect(consumer.start()).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(consumer.state).toBe('failed')
  await consumer.start()
  expect(consumer.state).toBe('live')
})

test('status tells the lag in positions and in seconds', async () => {
  const { store, clock } = storeWithClock()
  const { consumer } = noting(store, { filter: { category: 'a' } })
  await append(store, 'a-1', 2)
  await append(store, 'b-1', 2)
  clock.now += 7_500
  expect(await consumer.status()).toMatchObject({
    name: 'test',
    state: 'stopped',
    healthy: true,
    lag: { events: 4, seconds: 7.5 },
    partitions: [],
    lastProgressAt: undefined,
  })
  await consumer.start()
  await consumer.waitFor(4)
  const status = await consumer.status()
  expect(status).toMatchObject({ lag: { events: 0, seconds: 0 }, partitions: [{ mine: true, handled: 2 }] })
  expect(status.lastProgressAt).toBeInstanceOf(Date)
})

test('health: it gives signs of life when idle, and is unhealthy when its loop is dead', async () => {
  const { store } = storeWithClock()
  const failing = failingStore(store.adapter)
  const { consumer } = noting(failing.store, { leaseTime: 60 })
  await consumer.start()
  const { calls } = failing
  await expect.poll(() => failing.calls).toBeGreaterThan(calls + 20)
  const elsewhere = new Consumer(store, 'test', { handle: () => {} }, quick)
  // Again if the machine has just paused for longer than that.
  await expect.poll(async () => (await consumer.status()).healthy).toBe(true)
  expect((await elsewhere.status()).instances).toHaveLength(1)
  const { now } = failing.store.adapter
  const unanswered = Promise.withResolvers<void>()
  failing.store.adapter.now = () => {
    unanswered.resolve()
    return new Promise(() => {})
  }
  await unanswered.promise
  failing.store.adapter.now = now
  await expect.poll(async () => (await consumer.status()).healthy).toBe(false)
})

test('health: it is unhealthy when it stands still although there are events', async () => {
  const { store } = storeWithClock()
  const { consumer } = noting(store, { leaseTime: 30 })
  await consumer.start()
  store.adapter.readLog = () => new Promise(() => {})
  await append(store, 'a-1')
  const { head } = store.adapter
  await expect
    .poll(async () => {
      // Status reads the log as well.
      store.adapter.head = async () => 0
      const { healthy } = await consumer.status()
      store.adapter.head = head
      return healthy
    })
    .toBe(false)
})

test('hooks that throw stop nothing', async () => {
  const store = openMemory()
  const hook = () => {
    throw new Error('hook')
  }
  const { consumer, seen } = noting(store, { onStateChange: hook, onError: hook, onProgress: hook })
  await consumer.start()
  await consumer.waitFor(await append(store, 'a-1'))
  expect(seen).toEqual(['a-1/1'])
})

test.each([
  ['handle', 400],
  ['apply', 1_000],
] as const)('%s is given pages of up to %d events', async (method, most) => {
  const { store, reads } = watchedStore()
  await append(store, 'a-1', 1_500)
  const consumer = stopAtEnd(new Consumer(store, 'test', { [method]: () => {} }, quick))
  await consumer.start()
  await consumer.waitFor(1_500)
  expect(Math.max(...reads.map(({ limit }) => limit))).toBe(most)
})

test('onProgress tells partition, position and number of events', async () => {
  const store = openMemory()
  const progress: unknown[] = []
  const { consumer } = noting(store, { onProgress: (step) => progress.push(step) })
  await append(store, 'a-1', 3)
  await consumer.start()
  await consumer.waitFor(3)
  expect(progress).toEqual([{ partition: 0, position: 3, events: 3 }])
})

test('what cannot be is refused before anything is stored', async () => {
  const store = openMemory()
  const handle = () => {}
  const refused = (name: string, options: ConsumerOptions = {}) =>
    expect(() => new Consumer(store, name, { handle }, options)).toThrow()
  refused('')
  refused('x', { partitions: 0 })
  refused('x', { partitions: 1_025 })
  refused('x', { onFailure: 'ignore' as never })
  refused('x', { from: -1 })
  refused('x', { from: 'begining' as never })
  refused('x', { leaseTime: 0 })
  expect(() => new Consumer(store, 'x', {})).toThrow(/either/)
  expect(() => new Consumer(store, 'x', { handle, apply: handle })).toThrow(/either/)
  const { documents: _, ...eventsOnly } = store.adapter
  expect(() => new Consumer(new EventStore(eventsOnly as never), 'x', { handle })).toThrow(UnsupportedError)
})

test('the consumers of a store are listed by name, those of read models and sagas included', async () => {
  const store = openMemory()
  expect(await consumerNames(store)).toEqual([])
  for (const name of ['saga:b', 'a', 'c#1']) {
    const { consumer } = noting(store, {}, name)
    await consumer.start()
    await consumer.stop()
  }
  expect(await consumerNames(store)).toEqual(['a', 'c#1', 'saga:b'])
})
