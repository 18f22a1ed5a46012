import {
  Consumer,
  type ConsumerOptions,
  type Delivery,
  type EventStore,
  LockTimeoutError,
} from '@eventfold/core'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import {
  append,
  documentsOf,
  expectedLists,
  listingProcessor,
  lists,
  quick,
  stopAtEnd,
  storeWithClock,
} from './consumer-fixtures.ts'
import { type FailingStore, failingStore } from './failing-adapter.ts'

afterEach(() => void vi.useRealTimers())

const ignore = { handle: () => {} }

/** How many partitions each instance has, by name. */
async function owners(consumer: Consumer): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { owner } of (await consumer.status()).partitions) {
    if (owner !== undefined) counts[owner] = (counts[owner] ?? 0) + 1
  }
  return counts
}

function instance(store: EventStore, name: string, options: ConsumerOptions = {}): Consumer {
  return stopAtEnd(new Consumer(store, 'test', ignore, { ...quick, instance: name, ...options }))
}

test('of one partition one instance is active; the other takes over at once after a clean stop', async () => {
  const { store } = storeWithClock()
  const [one, two] = [instance(store, 'one'), instance(store, 'two')]
  await one.start()
  await two.start()
  const states = [one, two].map(({ state }) => state).sort()
  expect(states).toEqual(['live', 'standby'])
  const [active, standby] = one.state === 'live' ? [one, two] : [two, one]
  expect([...(await active.status()).instances].sort()).toEqual(['one', 'two'])
  await active.stop()
  await expect.poll(() => standby.state).toBe('live')
  expect((await standby.status()).instances).toHaveLength(1)
})

test('an instance that died is replaced when its lease has run out, and not before', async () => {
  const { store, clock } = storeWithClock()
  const first = failingStore(store.adapter)
  await stopAtEnd(new Consumer(first.store, 'test', ignore, { ...quick, instance: 'one' })).start()
  first.kill()
  clock.now += 9_999
  const two = instance(store, 'two')
  await two.start()
  expect(await owners(two)).toEqual({ one: 1 })
  expect(two.state).toBe('standby')
  await two.stop()
  clock.now += 1
  await two.start()
  expect(await owners(two)).toEqual({ two: 1 })
})

test('partitions are shared evenly when instances come and go', async () => {
  const { store } = storeWithClock()
  const options = { partitions: 8 }
  const [one, two, three] = ['one', 'two', 'three'].map((name) => instance(store, name, options)) as [
    Consumer,
    Consumer,
    Consumer,
  ]
  await one.start()
  expect(await owners(one)).toEqual({ one: 8 })
  await two.start()
  await expect.poll(() => owners(one)).toEqual({ one: 4, two: 4 })
  await three.start()
  await expect.poll(async () => Object.values(await owners(one)).sort()).toEqual([2, 3, 3])
  await one.stop()
  await expect.poll(() => owners(two)).toEqual({ two: 4, three: 4 })
  await Promise.all([two.stop(), three.stop()])
  expect(await owners(two)).toEqual({})
})

test('a partition that a dead transaction still locks does not keep the others waiting', async () => {
  const { store, clock } = storeWithClock()
  const options = { partitions: 3, leaseTime: 60 }
  const first = failingStore(store.adapter)
  await stopAtEnd(new Consumer(first.store, 'test', ignore, { ...quick, ...options })).start()
  first.kill()
  clock.now += 60_000
  const second = failingStore(store.adapter)
  const documents = documentsOf(second.store)
  const { write } = documents
  let isLocked = true
  documents.write = async (writes, transaction) => {
    const claims = writes.some(
      ({ collection, key }) => collection === 'eventfold:partitions/test' && key === '0000',
    )
    if (isLocked && claims) throw new LockTimeoutError(5_000)
    return write(writes, transaction)
  }
  const consumer = instance(second.store, 'two', options)
  await consumer.start()
  expect(await owners(consumer)).toMatchObject({ two: 2 })
  expect(consumer.state).toBe('retrying')
  isLocked = false
  await expect.poll(() => owners(consumer)).toEqual({ two: 3 })
  await expect.poll(() => consumer.state).toBe('live')
})

test('the clocks of the instances do not matter', async () => {
  const { store, clock } = storeWithClock()
  const one = instance(store, 'one')
  await one.start()
  // The instance that comes has a clock that is an hour ahead, and then one that is behind.
  for (const hours of [1, -1]) {
    vi.setSystemTime(Date.now() + hours * 3_600_000)
    const two = new Consumer(store, 'test', ignore, { ...quick, instance: 'a' })
    await two.start()
    expect((await owners(two))['one']).toBe(two.state === 'standby' ? 1 : undefined)
    expect((await two.status()).instances).toHaveLength(2)
    await two.stop()
    await expect.poll(() => one.state).toBe('live')
  }
  clock.now += 1
})

test('a zombie that applies after it was replaced changes nothing, and stands by', async () => {
  const { store, clock } = storeWithClock()
  const asleep = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const zombie = failingStore(store.adapter)
  const { transaction } = zombie.store.adapter
  let sleeps = true
  zombie.store.adapter.transaction = async (work, options) => {
    const isBatch = options?.signal !== undefined
    if (isBatch && sleeps) {
      sleeps = false
      entered.resolve()
      await asleep.promise
    }
    return transaction(work, options)
  }
  const one = stopAtEnd(
    new Consumer(zombie.store, 'test', listingProcessor(zombie.store.adapter), { ...quick, instance: 'one' }),
  )
  await append(store, 'a-1', 3)
  await one.start()
  await entered.promise
  clock.now += 60_000
  const two = stopAtEnd(
    new Consumer(store, 'test', listingProcessor(store.adapter), { ...quick, instance: 'two' }),
  )
  await two.start()
  await two.waitFor(await append(store, 'a-1', 2))
  asleep.resolve()
  await expect.poll(() => one.state).toBe('standby')
  await two.waitFor(await append(store, 'b-1', 2))
  expect(await lists(store)).toEqual(await expectedLists(store))
})

test('a zombie that handles stops after the event it had begun', async () => {
  const { store, clock } = storeWithClock()
  const asleep = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const seen: string[] = []
  const one = stopAtEnd(
    new Consumer(
      store,
      'test',
      {
        handle: async ({ event }) => {
          seen.push(`one ${event.version}`)
          if (event.version > 1) return
          entered.resolve()
          await asleep.promise
        },
      },
      { ...quick, leaseTime: 30 },
    ),
  )
  // Its timers do not fire, as those of a process that was stopped; its monotonic clock goes on.
  await append(store, 'a-1', 3)
  await one.start()
  await entered.promise
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  clock.now += 60_000
  const handle = ({ event }: Delivery) => void seen.push(`two ${event.version}`)
  const two = stopAtEnd(new Consumer(store, 'test', { handle }, quick))
  await two.start()
  vi.useRealTimers()
  const began = performance.now()
  await vi.waitUntil(() => performance.now() > began + 30)
  await two.waitFor(3)
  asleep.resolve()
  await expect.poll(() => one.state).toBe('standby')
  expect(seen).toEqual(['one 1', 'two 1', 'two 2', 'two 3'])
})

test('another number of partitions takes over without a stop, and the old instances follow', async () => {
  const { store } = storeWithClock()
  const processor = listingProcessor(store.adapter)
  const start = async (partitions: number) => {
    const consumer = stopAtEnd(new Consumer(store, 'test', processor, { ...quick, partitions, batchSize: 3 }))
    await consumer.start()
    return consumer
  }
  const consumers: Consumer[] = []
  for (const partitions of [3, 7, 2, 1, 5]) {
    for (let index = 0; index < 30; index++) await append(store, `a-${index % 11}`)
    consumers.push(await start(partitions))
  }
  await Promise.all(consumers.map(async (consumer) => consumer.waitFor(await store.head())))
  expect(await lists(store)).toEqual(await expectedLists(store))
  const status = await (consumers[0] as Consumer).status()
  expect(status.partitions).toHaveLength(5)
  expect(status.partitions.reduce((sum, { handled }) => sum + handled, 0)).toBe(150)
})

test('two that start at the very same time agree', async () => {
  const { store } = storeWithClock()
  const consumers = [2, 2, 3, 3].map((partitions, index) => instance(store, `${index}`, { partitions }))
  await Promise.all(consumers.map((consumer) => consumer.start()))
  await expect
    .poll(async () => Object.values(await owners(consumers[0] as Consumer)).reduce((sum, n) => sum + n, 0))
    .toBe((await (consumers[0] as Consumer).status()).partitions.length)
  const slices = (
    await documentsOf(store).find({
      collection: 'eventfold:partitions/test',
      where: [],
      backwards: false,
      limit: 10,
    })
  ).map(({ data }) => JSON.parse(data) as { from: number; to: number })
  expect(slices[0]?.from).toBe(0)
  expect(slices.at(-1)?.to).toBe(1024)
  for (const [index, { to }] of slices.slice(0, -1).entries()) expect(slices[index + 1]?.from).toBe(to)
})

type Step =
  | { readonly kind: 'append'; readonly stream: number; readonly count: number }
  | { readonly kind: 'start'; readonly partitions: number | undefined; readonly dies: number }
  | { readonly kind: 'kill' | 'stop'; readonly which: number }
  | { readonly kind: 'pause' | 'resume' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      stream: fc.nat(4),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      partitions: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      dies: fc.integer({ min: 1, max: 120 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'stop' as const), which: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const) }) },
)

test('whatever comes, goes and dies, each acknowledged event is applied exactly once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const { store, clock } = storeWithClock()
      const fleet: { consumer: Consumer; failing: FailingStore<unknown> }[] = []
      const acknowledged: Record<string, string[]> = {}
      const bounded = (work: Promise<unknown>, { died }: FailingStore<unknown>) => Promise.race([work, died])
      for (const { ...now } of steps) {
        if (now.kind === 'append') {
          const events = Array.from({ length: now.count }, () => ({ type: 'Happened', data: {} }))
          const { stream, eventIds } = await store.append(`a-${now.stream}`, events)
          acknowledged[stream] = [...(acknowledged[stream] ?? []), ...eventIds]
        } else if (now.kind === 'start') {
          const failing = failingStore(store.adapter, (call) => (call === now.dies ? 'die-after' : undefined))
          const consumer = new Consumer(failing.store, 'test', listingProcessor(failing.store.adapter), {
            ...quick,
            batchSize: 3,
            ...(now.partitions !== undefined && { partitions: now.partitions }),
          })
          fleet.push({ consumer, failing: failing as FailingStore<unknown> })
          await bounded(consumer.start(), failing as FailingStore<unknown>)
        } else if (now.kind === 'kill' || now.kind === 'stop') {
          const [member] = fleet.splice(now.which % Math.max(fleet.length, 1), 1)
          if (now.kind === 'kill') member?.failing.kill()
          else if (member !== undefined) await bounded(member.consumer.stop(), member.failing)
        } else {
          const consumer = new Consumer(store, 'test', ignore, quick)
          await consumer[now.kind]().catch(() => {})
        }
      }
      for (const { consumer, failing } of fleet) {
        await bounded(consumer.stop(), failing)
        failing.kill()
      }
      clock.now += 60_000
      const last = new Consumer(store, 'test', listingProcessor(store.adapter), quick)
      await last.start()
      await last.resume()
      await last.waitFor(await store.head())
      await last.stop()
      const found = await lists(store)
      expect(found).toEqual(
        Object.fromEntries(Object.entries(acknowledged).map(([stream, ids]) => [stream, ids.join(' ')])),
      )
    }),
    { numRuns: 60 },
  )
})
