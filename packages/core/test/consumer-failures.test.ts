import {
  ConcurrencyError,
  Consumer,
  type ConsumerOptions,
  type Delivery,
  type EventStore,
  type FailureReport,
  HandlerTimeoutError,
  StoreUnavailableError,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { append, documentsOf, listingProcessor, lists, quick, stopAtEnd } from './consumer-fixtures.ts'
import { failingStore } from './failing-adapter.ts'

/** Runs a consumer whose handler throws for some events, as often as said. */
function poisoned(
  store: EventStore,
  poison: Readonly<Record<string, number>>,
  options: ConsumerOptions = {},
) {
  const left = new Map(Object.entries(poison))
  const seen: string[] = []
  const reports: FailureReport[] = []
  const states: string[] = []
  const consumer = new Consumer(
    store,
    'test',
    {
      handle: ({ event }, { attempt }) => {
        const name = `${event.stream}/${event.version}`
        const times = left.get(name) ?? 0
        left.set(name, times - 1)
        if (times > 0) throw new Error(`${name} fails in attempt ${attempt}`)
        seen.push(name)
      },
    },
    {
      ...quick,
      onError: (_error, report) => reports.push(report),
      onStateChange: ({ to }) => states.push(to),
      ...options,
    },
  )
  return { consumer: stopAtEnd(consumer), seen, reports, states, left }
}

test('an event that fails is tried again, with pauses, before the ones behind it', async () => {
  const store = openMemory()
  const { consumer, seen, reports, states } = poisoned(store, { 'a-1/2': 3 })
  await append(store, 'a-1', 3)
  await consumer.start()
  await consumer.waitFor(3)
  expect(seen).toEqual(['a-1/1', 'a-1/2', 'a-1/3'])
  expect(reports.map(({ attempt, action, event }) => [attempt, action, event?.version])).toEqual([
    [1, 'retry', 2],
    [2, 'retry', 2],
    [3, 'retry', 2],
  ])
  expect(states).toContain('retrying')
  expect(consumer.state).toBe('live')
})

test('stop: the consumer stops with the error before the event, and says so; a start tries it again', async () => {
  const store = openMemory()
  const failed = Promise.withResolvers<void>()
  const { consumer, seen, left } = poisoned(
    store,
    { 'a-1/2': 9 },
    {
      retry: { attempts: 2, firstPause: 1 },
      onStateChange: ({ to, error }) =>
        to === 'failed' && failed.resolve(expect(error).toBeInstanceOf(Error)),
    },
  )
  await append(store, 'a-1', 3)
  await consumer.start()
  const waiting = consumer.waitFor(3, { timeout: 60_000 })
  await expect(waiting).rejects.toMatchObject({ code: 'consumer-failed' })
  await failed.promise
  await consumer.stop()
  expect(seen).toEqual(['a-1/1'])
  const status = await consumer.status()
  expect(status).toMatchObject({
    state: 'failed',
    healthy: false,
    error: { message: 'a-1/2 fails in attempt 2', position: 2 },
    partitions: [{ position: 1, owner: undefined, failed: { name: 'Error' } }],
  })
  await expect(consumer.waitFor(3, { timeout: 60_000 })).rejects.toMatchObject({
    code: 'consumer-failed',
    consumer: 'test',
    message: expect.stringContaining('a-1/2 fails in attempt 2'),
    cause: { message: 'a-1/2 fails in attempt 2' },
  })
  await consumer.waitFor(1)

  const standby = new Consumer(store, 'test', { handle: () => {} }, quick)
  await expect(standby.waitFor(3, { timeout: 1 })).rejects.toThrow(
    /at 1, because it has stopped \(a-1\/2 fails/,
  )
  expect((await standby.status()).state).toBe('failed')

  left.clear()
  await consumer.start()
  await consumer.waitFor(3)
  expect(seen).toEqual(['a-1/1', 'a-1/2', 'a-1/3'])
  expect(await consumer.status()).toMatchObject({ state: 'live', healthy: true, error: undefined })
})

test('stop: another instance goes on with the other partitions and leaves the failed one, until resume', async () => {
  const store = openMemory()
  const isBroken = { now: true }
  const stopped = Promise.withResolvers<void>()
  const seen: string[] = []
  const handle = ({ event }: Delivery) => {
    if (isBroken.now && event.stream === 'a-1') throw new Error('broken')
    seen.push(event.stream)
  }
  const options = { ...quick, retry: { attempts: 1 }, partitions: 8 }
  const one = stopAtEnd(
    new Consumer(
      store,
      'test',
      { handle },
      { ...options, onStateChange: ({ to }) => to === 'failed' && stopped.resolve() },
    ),
  )
  const other = stopAtEnd(new Consumer(store, 'test', { handle }, options))
  await one.start()
  await append(store, 'a-1')
  await stopped.promise
  await other.start().catch(() => {})
  // It has tried as well, by starting, and stopped; a third would wait.
  isBroken.now = false
  await other.resume()
  await other.waitFor(1)
  expect(seen).toEqual(['a-1'])
})

test('stop: a resume from outside frees what has failed for those who stand by', async () => {
  const store = openMemory()
  const failed = Promise.withResolvers<void>()
  const seen: string[] = []
  let isBroken = true
  const handle = ({ event }: Delivery) => {
    if (isBroken) throw new Error('broken')
    seen.push(event.stream)
  }
  const create = (options = {}) => {
    const all = { ...quick, retry: { attempts: 1 }, ...options }
    return stopAtEnd(new Consumer(store, 'test', { handle }, all))
  }
  const one = create({ onStateChange: ({ to }: { to: string }) => to === 'failed' && failed.resolve() })
  const standby = create()
  await one.start()
  await standby.start()
  const position = await append(store, 'a-1')
  await failed.promise
  isBroken = false
  await create().resume()
  await standby.waitFor(position)
  expect(seen).toEqual(['a-1'])
  expect([one.state, standby.state]).toEqual(['failed', 'live'])
})

test('skip: the event is passed over, counted and reported', async () => {
  const store = openMemory()
  const { consumer, seen, reports } = poisoned(
    store,
    { 'a-1/2': 99 },
    { onFailure: 'skip', retry: { attempts: 2, firstPause: 1 } },
  )
  await append(store, 'a-1', 3)
  await consumer.start()
  await consumer.waitFor(3)
  expect(seen).toEqual(['a-1/1', 'a-1/3'])
  expect(reports.at(-1)).toMatchObject({ action: 'skip', attempt: 2, partition: 0, event: { version: 2 } })
  expect(await consumer.status()).toMatchObject({ partitions: [{ handled: 2, skipped: 1, position: 3 }] })
})

describe('park', () => {
  const park: ConsumerOptions = { ...quick, onFailure: 'park', retry: { attempts: 2, firstPause: 1 } }

  test('holds back the stream of the event, in order, and lets the others flow', async () => {
    const store = openMemory()
    const { consumer, seen } = poisoned(store, { 'a-1/2': 99 }, park)
    await append(store, 'a-1', 3)
    await append(store, 'b-1', 2)
    await consumer.start()
    await consumer.waitFor(await append(store, 'a-1'))
    expect(seen).toEqual(['a-1/1', 'b-1/1', 'b-1/2'])
    const parked = await consumer.parked()
    expect(parked.map(({ version, reason, attempts }) => [version, reason, attempts])).toEqual([
      [2, 'failed', 2],
      [3, 'behind', 0],
      [4, 'behind', 0],
    ])
    expect(parked[0]).toMatchObject({
      key: 'a-1',
      stream: 'a-1',
      type: 'Happened',
      position: 2,
      error: { message: 'a-1/2 fails in attempt 2', position: 2 },
    })
    expect(await consumer.status()).toMatchObject({ parked: 3, state: 'live', partitions: [{ handled: 3 }] })
    const [first] = parked
    if (first === undefined) throw new Error('nothing is parked')
    expect(await consumer.parked({ after: first, limit: 1 })).toEqual(parked.slice(1, 2))
    expect(await consumer.parked({ key: 'b-1' })).toEqual([])
  })

  test('retry processes them in order, and the stream flows again', async () => {
    const store = openMemory()
    const { consumer, seen, left } = poisoned(store, { 'a-1/1': 99, 'b-1/1': 99 }, { ...park, partitions: 3 })
    await append(store, 'a-1', 3)
    await append(store, 'b-1', 2)
    await consumer.start()
    await consumer.waitFor(5)
    expect(seen).toEqual([])
    left.clear()
    expect(await consumer.retryParked({ key: 'a-1' })).toBe(1)
    await expect.poll(() => seen).toEqual(['a-1/1', 'a-1/2', 'a-1/3'])
    expect(await consumer.retryParked()).toBeGreaterThan(0)
    await expect.poll(() => seen.slice(3)).toEqual(['b-1/1', 'b-1/2'])
    await expect.poll(() => consumer.parked()).toEqual([])
    await consumer.waitFor(await append(store, 'b-1'))
    expect(seen.at(-1)).toBe('b-1/3')
    const { partitions } = await consumer.status()
    expect(partitions.reduce((sum, { handled }) => sum + handled, 0)).toBe(6)
  })

  test('what fails again stays parked with its new error, and what is behind it too', async () => {
    const store = openMemory()
    const { consumer, seen } = poisoned(store, { 'a-1/1': 99 }, park)
    await append(store, 'a-1', 2)
    await consumer.start()
    await consumer.waitFor(2)
    await consumer.retryParked()
    await expect
      .poll(() => consumer.parked())
      .toMatchObject([{ attempts: 3, error: { message: 'a-1/1 fails in attempt 3' } }, { reason: 'behind' }])
    await consumer.waitFor(await append(store, 'a-1'))
    expect(seen).toEqual([])
    expect(await consumer.parked()).toHaveLength(3)
  })

  test('what fails for a reason that passes is tried until it succeeds', async () => {
    const store = openMemory()
    let fails = true
    let transient = 0
    const consumer = stopAtEnd(
      new Consumer(
        store,
        'test',
        {
          handle: () => {
            if (fails) throw new Error('for good')
            if (transient++ < 3) throw new ConcurrencyError('other-1', 1, 2)
          },
        },
        park,
      ),
    )
    await append(store, 'a-1', 2)
    await consumer.start()
    await consumer.waitFor(2)
    fails = false
    await consumer.retryParked()
    await expect.poll(() => consumer.parked()).toEqual([])
    expect(transient).toBe(5)
  })

  test('discarding one, those of a key, or all', async () => {
    const store = openMemory()
    const { consumer, seen } = poisoned(store, { 'a-1/1': 99, 'b-1/1': 99 }, park)
    await append(store, 'a-1', 3)
    await append(store, 'b-1', 2)
    await consumer.start()
    await consumer.waitFor(5)
    expect(await consumer.discardParked({ key: 'a-1', position: 1 })).toBe(1)
    expect(await consumer.discardParked({ key: 'a-1', position: 1 })).toBe(0)
    expect(seen).toEqual([])
    await consumer.retryParked({ key: 'a-1' })
    await expect.poll(() => seen).toEqual(['a-1/2', 'a-1/3'])
    expect(await consumer.discardParked({ key: 'b-1' })).toBe(2)
    await expect.poll(() => documentsOf(store).count('eventfold:held/test', [])).toBe(0)
    await consumer.waitFor(await append(store, 'b-1'))
    expect(seen.at(-1)).toBe('b-1/3')
    expect(await consumer.discardParked()).toBe(0)
  })

  test('survives a restart, and another number of partitions', async () => {
    const store = openMemory()
    const first = poisoned(store, { 'a-1/1': 99 }, park)
    await append(store, 'a-1', 2)
    await first.consumer.start()
    await first.consumer.waitFor(2)
    await first.consumer.stop()
    const { consumer, seen } = poisoned(store, {}, { ...park, partitions: 5 })
    await consumer.start()
    await append(store, 'b-1')
    await consumer.waitFor(await append(store, 'a-1'))
    expect(seen).toEqual(['b-1/1'])
    await consumer.retryParked()
    await expect.poll(() => seen).toEqual(['b-1/1', 'a-1/1', 'a-1/2', 'a-1/3'])
  })

  test('with apply only the culprit is parked, and everything else is applied once', async () => {
    const store = openMemory()
    let isBroken = true
    const calls: number[] = []
    const { apply } = listingProcessor(store.adapter, ({ event }) => {
      if (isBroken && event.stream === 'a-1' && event.version === 2) throw new Error('broken')
    })
    const consumer = stopAtEnd(
      new Consumer(
        store,
        'test',
        {
          apply: (deliveries, transaction, context) => {
            calls.push(deliveries.length)
            return apply(deliveries, transaction, context)
          },
        },
        park,
      ),
    )
    const streams = ['b-1', 'a-1', 'c-1', 'd-1']
    for (let round = 0; round < 4; round++) for (const stream of streams) await append(store, stream)
    await consumer.start()
    await consumer.waitFor(16)
    expect(calls[0]).toBe(16)
    expect(calls.filter((length) => length === 1).length).toBeLessThan(6)
    const without = await lists(store)
    expect(without['a-1']?.split(' ')).toHaveLength(1)
    expect(without['b-1']?.split(' ')).toHaveLength(4)
    expect((await consumer.parked()).map(({ version }) => version)).toEqual([2, 3, 4])
    isBroken = false
    await consumer.retryParked()
    await expect.poll(() => consumer.parked()).toEqual([])
    const ids = (await store.readStream('a-1')).map(({ id }) => id)
    expect((await lists(store))['a-1']).toBe(ids.join(' '))
  })

  test('an event with several keys is held back for those that failed before, and flows for the others', async () => {
    const store = openMemory()
    let isBroken = true
    const { apply } = listingProcessor(store.adapter, ({ event, keys }) => {
      if (isBroken && event.type === 'Broken') throw new Error(keys.join())
    })
    const consumer = stopAtEnd(
      new Consumer(
        store,
        'test',
        { apply, keysOf: ({ data }) => (data as { keys: string[] }).keys },
        { ...park, partitions: 2 },
      ),
    )
    await store.append('a-1', [
      { type: 'Fine', data: { keys: ['x', 'y'] } },
      { type: 'Broken', data: { keys: ['x'] } },
      { type: 'Fine', data: { keys: ['x', 'y'] } },
      { type: 'Fine', data: { keys: [] } },
      { type: 'Broken', data: { keys: ['y', 'x', 'z'] } },
      { type: 'Fine', data: { keys: ['z', 'y', 'w'] } },
    ])
    await consumer.start()
    await consumer.waitFor(6)
    const ids = (await store.readStream('a-1')).map(({ id }) => id)
    const named = async () => {
      const found = Object.entries(await lists(store))
      return Object.fromEntries(
        found.map(([key, list]) => [key, list.split(' ').map((id) => ids.indexOf(id) + 1)]),
      )
    }
    expect(await named()).toEqual({ x: [1], y: [1, 3], w: [6] })
    isBroken = false
    await consumer.retryParked()
    await expect.poll(() => consumer.parked()).toEqual([])
    expect(await named()).toEqual({ x: [1, 2, 3, 5], y: [1, 3, 5, 6], z: [5, 6], w: [6] })
    const { partitions } = await consumer.status()
    expect(partitions.reduce((sum, { handled }) => sum + handled, 0)).toBe(11)
  })
})

test('errors that pass by themselves are tried for ever, and do not count', async () => {
  const store = openMemory()
  let calls = 0
  const consumer = stopAtEnd(
    new Consumer(
      store,
      'test',
      {
        handle: () => {
          calls++
          if (calls < 9) throw new ConcurrencyError('other-1', 1, 2)
          if (calls === 9) throw new Error('another one')
        },
      },
      { ...quick, retry: { attempts: 2, firstPause: 1, longestPause: 1 } },
    ),
  )
  await append(store, 'a-1')
  await consumer.start()
  await consumer.waitFor(1)
  expect(calls).toBe(10)
})

test.each(['apply', 'handle'] as const)(
  'a store that fails around %s is never the fault of an event',
  async (kind) => {
    const store = openMemory()
    let isDown = false
    const failing = failingStore(store.adapter, () => (isDown ? 'refuse' : undefined))
    const { apply } = listingProcessor(store.adapter)
    const states: string[] = []
    const consumer = stopAtEnd(
      new Consumer(failing.store, 'test', kind === 'apply' ? { apply } : { handle: () => {} }, {
        ...quick,
        onFailure: 'park',
        retry: { attempts: 1 },
        pollInterval: 10,
        random: () => 1,
        onStateChange: ({ to }) => states.push(to),
      }),
    )
    await consumer.start()
    await consumer.waitFor(await append(store, 'a-1'))
    isDown = true
    await append(store, 'a-1', 3)
    await expect.poll(() => consumer.state).toBe('retrying')
    isDown = false
    await consumer.waitFor(4)
    // Also where nothing follows, it is well again.
    isDown = true
    store.adapter.wakeUp()
    await expect.poll(() => states.slice(-2)).toEqual(['live', 'retrying'])
    isDown = false
    await expect.poll(() => consumer.state, { timeout: 10_000 }).toBe('live')
    expect(await consumer.parked()).toEqual([])
  },
)

test('a handler that never ends is aborted and counts as failed; a late result has no effect', async () => {
  const store = openMemory()
  const late = Promise.withResolvers<void>()
  const seen: string[] = []
  const reasons: unknown[] = []
  const consumer = stopAtEnd(
    new Consumer(
      store,
      'test',
      {
        handle: async ({ event }, { signal }) => {
          if (event.stream === 'a-1') {
            signal.addEventListener('abort', () => reasons.push(signal.reason))
            await late.promise
          }
          seen.push(event.stream)
        },
      },
      { ...quick, onFailure: 'park', retry: { attempts: 2, firstPause: 1 }, handlerTimeout: 5 },
    ),
  )
  await append(store, 'a-1')
  await consumer.start()
  await consumer.waitFor(1)
  expect((await consumer.status()).healthy).toBe(false)
  expect(reasons).toEqual([expect.any(HandlerTimeoutError), expect.any(HandlerTimeoutError)])
  late.resolve()
  await consumer.waitFor(await append(store, 'b-1'))
  expect(await consumer.parked()).toMatchObject([
    { stream: 'a-1', error: { code: 'handler-timeout' }, attempts: 2 },
  ])
})

test('an apply that never ends is rolled back, and a late write of it is refused', async () => {
  const store = openMemory()
  const documents = documentsOf(store)
  const late = Promise.withResolvers<void>()
  const afterwards = Promise.withResolvers<unknown>()
  const consumer = stopAtEnd(
    new Consumer(
      store,
      'test',
      {
        apply: async ([first], transaction, { attempt }) => {
          await documents.write([{ collection: 'x', key: `attempt ${attempt}`, data: 'here' }], transaction)
          if (first?.event.stream !== 'a-1') return
          await late.promise
          await documents
            .write([{ collection: 'x', key: 'late', data: 'late' }], transaction)
            .catch(afterwards.resolve)
        },
      },
      { ...quick, onFailure: 'park', retry: { attempts: 1 }, handlerTimeout: 5 },
    ),
  )
  await append(store, 'a-1')
  await consumer.start()
  await consumer.waitFor(1)
  late.resolve()
  expect(await afterwards.promise).toMatchObject({ code: 'invalid-transaction' })
  expect(await documents.count('x', [])).toBe(0)
  expect(await consumer.parked()).toMatchObject([{ error: { code: 'handler-timeout' } }])
})

test('whatever is thrown, it is the event that fails, not the consumer', async () => {
  const unreadable = Object.defineProperty(new Error(), 'message', {
    get: () => {
      throw new Error('no message')
    },
  })
  const fields = { message: { text: 'an object' }, name: undefined, stack: 5, code: 10n }
  const thrown = [undefined, Object.create(null), unreadable, Object.assign(new Error(), fields), '\ud800']
  const store = openMemory()
  for (const [index] of thrown.entries()) await append(store, `a-${index}`)
  const last = await append(store, 'a-last')
  const consumer = new Consumer(
    store,
    'test',
    {
      handle: ({ event }) => {
        if (event.position <= thrown.length) throw thrown[event.position - 1]
      },
    },
    { ...quick, onFailure: 'park', retry: { attempts: 1 } },
  )
  await stopAtEnd(consumer).start()
  await consumer.waitFor(last)
  expect((await consumer.parked()).map(({ error }) => [error?.name, error?.message])).toEqual([
    ['undefined', 'undefined'],
    ['object', 'What was thrown cannot be shown as text.'],
    ['object', 'What was thrown cannot be shown as text.'],
    ['undefined', '[object Object]'],
    ['string', '\ufffd'],
  ])
})

test('something with a `then` that throws counts as failed', async () => {
  const store = openMemory()
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    then: () => {
      throw new Error('cannot be waited for')
    },
  }
  const consumer = new Consumer(
    store,
    'test',
    { handle: ({ event }) => (event.stream === 'a-1' ? thenable : undefined) },
    { ...quick, onFailure: 'park', retry: { attempts: 1 } },
  )
  await append(store, 'a-1')
  const last = await append(store, 'b-1')
  await stopAtEnd(consumer).start()
  await consumer.waitFor(last)
  expect(await consumer.parked()).toMatchObject([{ error: { message: 'cannot be waited for' } }])
})

test('an event that a failed call has changed is given to the next as it is stored', async () => {
  const { adapter } = openMemory()
  // As databases do it: what is read is decoded each time, and nobody freezes it.
  const capabilities = { ...adapter.capabilities, residentRows: false }
  const { store } = failingStore(Object.assign(adapter, { capabilities }))
  const last = await append(store, 'a-1', 3)
  const change = ({ event }: Delivery, seen: unknown[]) => {
    const data = event.data as { index: number }
    seen.push(data.index)
    data.index += 10
  }
  for (const kind of ['handle', 'apply'] as const) {
    const seen: unknown[] = []
    const handle = (delivery: Delivery, { attempt }: { attempt: number }) => {
      change(delivery, seen)
      if (attempt < 3) throw new Error('after the change')
    }
    const apply = (
      deliveries: readonly Delivery[],
      _transaction: unknown,
      { attempt }: { attempt: number },
    ) => {
      for (const delivery of deliveries) change(delivery, seen)
      if (attempt < 3) throw new Error('after the change')
    }
    const consumer = new Consumer(store, kind, kind === 'handle' ? { handle } : { apply }, quick)
    await stopAtEnd(consumer).start()
    await consumer.waitFor(last)
    expect(new Set(seen)).toEqual(new Set([0, 1, 2]))
  }
})

test('a transaction that is run again gets the events as they are stored', async () => {
  const { adapter } = openMemory()
  const capabilities = { ...adapter.capabilities, residentRows: false }
  const { store } = failingStore(Object.assign(adapter, { capabilities }))
  const last = await append(store, 'a-1')
  const seen: unknown[] = []
  const transaction = store.adapter.transaction.bind(store.adapter)
  store.adapter.transaction = (work, options) =>
    transaction(async (open) => {
      const result = await work(open)
      if (seen.length === 1) throw new StoreUnavailableError('not-stored', 'at the commit')
      return result
    }, options)
  const apply = ([first]: readonly Delivery[]) => {
    const data = first?.event.data as { index: number }
    seen.push(data.index)
    data.index += 10
  }
  const consumer = new Consumer(store, 'test', { apply }, quick)
  await stopAtEnd(consumer).start()
  await consumer.waitFor(last)
  expect(seen).toEqual([0, 0])
})

test('an event that cannot be decoded, or whose keys cannot be told, fails alone', async () => {
  const store = openMemory()
  const decode = store.decoder.events.bind(store.decoder)
  store.decoder.events = (row) => {
    if (row.stream === 'a-1') throw new Error('broken text')
    return decode(row)
  }
  const seen: string[] = []
  const options: ConsumerOptions = { ...quick, onFailure: 'park' }
  const handle = ({ event }: Delivery) => void seen.push(event.stream)
  const byStream = stopAtEnd(new Consumer(store, 'by-stream', { handle }, options))
  const keysOf = ({ stream }: { stream: string }) => {
    if (stream === 'b-1') throw new Error('no key')
    return [stream === 'c-1' ? 'a'.repeat(513) : stream]
  }
  const byKey = stopAtEnd(new Consumer(store, 'by-key', { handle, keysOf }, options))
  for (const stream of ['a-1', 'b-1', 'c-1', 'd-1']) await append(store, stream)
  await byStream.start()
  await byStream.waitFor(4)
  expect(seen.splice(0)).toEqual(['b-1', 'c-1', 'd-1'])
  expect(await byStream.parked()).toMatchObject([
    { key: 'a-1', attempts: 1, error: { message: 'broken text' } },
  ])
  await byKey.start()
  await byKey.waitFor(4)
  expect(seen).toEqual(['d-1'])
  expect(await byKey.parked()).toMatchObject([
    { key: 'a-1', error: { message: 'broken text' } },
    { key: 'b-1', error: { message: 'no key' } },
    { key: 'c-1', error: { code: 'invalid-definition' } },
  ])
})
