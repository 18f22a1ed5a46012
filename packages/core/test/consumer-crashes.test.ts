import { Consumer, type Delivery, type EventStore } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import {
  append,
  documentsOf,
  expectedLists,
  listingProcessor,
  lists,
  quick,
  storeWithClock,
} from './consumer-fixtures.ts'
import { type Fault, failingStore } from './failing-adapter.ts'

const faults: readonly Fault[] = ['refuse', 'lose', 'die', 'die-after']

/** How many scenarios run at once: most of their time they pause before another attempt. */
const width = 10

/**
 * Runs a scenario with the fault at the first call of an instance, at the second, and so on, until it gets through
 * without meeting it. Resolves with the number of calls that were tried.
 */
async function atEveryCall(scenario: (call: number) => Promise<{ readonly calls: number }>): Promise<number> {
  for (let first = 1; ; first += width) {
    const calls = Array.from({ length: width }, (_, index) => first + index)
    const ends = await Promise.all(calls.map(async (call) => (await scenario(call)).calls < call))
    if (ends.includes(true)) return first + ends.indexOf(true)
  }
}

describe.each(faults)('with %s at every call in turn', (fault) => {
  test.each([1, 3])('apply is exactly once, in %i partitions', async (partitions) => {
    const calls = await atEveryCall(async (call) => {
      const { store, clock } = storeWithClock()
      for (const stream of ['a-1', 'b-1', 'c-1']) await append(store, stream, 3)
      const failing = failingStore(store.adapter, (number) => (number === call ? fault : undefined))
      const options = { ...quick, partitions, batchSize: 4 }
      const first = new Consumer(failing.store, 'test', listingProcessor(failing.store.adapter), options)
      const work = async () => {
        // A start that fails leaves nothing behind; so it may be tried again.
        await first.start().catch(() => first.start())
        await append(store, 'a-1', 2)
        await first.waitFor(await append(store, 'b-1', 2))
        await first.stop()
      }
      await Promise.race([work(), failing.died])
      if (failing.isDead) clock.now += 60_000

      const second = new Consumer(store, 'test', listingProcessor(store.adapter), {
        ...options,
        partitions: 2,
      })
      await second.start()
      await second.waitFor(await append(store, 'c-1', 1))
      expect(await lists(store)).toEqual(await expectedLists(store))
      const { partitions: stored } = await second.status()
      expect(stored.reduce((sum, { handled }) => sum + handled, 0)).toBe(await store.head())
      await second.stop()
      return failing
    })
    expect(calls).toBeGreaterThan(20)
  })

  test('handle is at least once and in order', async () => {
    await atEveryCall(async (call) => {
      const { store, clock } = storeWithClock()
      for (const stream of ['a-1', 'b-1', 'c-1']) await append(store, stream, 3)
      const failing = failingStore(store.adapter, (number) => (number === call ? fault : undefined))
      const seen: Delivery[] = []
      const handle = async (delivery: Delivery) => {
        if (failing.isDead) await new Promise(() => {})
        seen.push(delivery)
      }
      const options = { ...quick, partitions: 2, batchSize: 4 }
      const first = new Consumer(failing.store, 'test', { handle }, options)
      const work = async () => {
        await first.start().catch(() => first.start())
        await first.waitFor(await append(store, 'b-1', 2))
        await first.stop()
      }
      await Promise.race([work(), failing.died])
      if (failing.isDead) clock.now += 60_000
      const second = new Consumer(
        store,
        'test',
        { handle: (delivery) => void seen.push(delivery) },
        { ...options, partitions: 3 },
      )
      await second.start()
      await second.waitFor(await append(store, 'c-1', 1))
      await second.stop()
      const b = await store.streamInfo('b-1')
      // As long as it lives, neither an error nor a lost reply makes it repeat itself.
      if (!failing.isDead) expect(seen).toHaveLength(await store.head())
      expectOrder(seen, { 'a-1': 3, 'b-1': b?.version ?? 0, 'c-1': 4 })
      return failing
    })
  })
})

describe.each(faults)('with %s at every call in turn, parking and processing what was parked', (fault) => {
  test.each(['apply', 'handle'] as const)(
    'with %s nothing is lost, doubled or out of order',
    async (kind) => {
      await atEveryCall(async (call) => {
        const { store, clock } = storeWithClock()
        const failing = failingStore(store.adapter, (number) => (number === call ? fault : undefined))
        let isBroken = true
        const handled: Delivery[] = []
        const start = async (target: EventStore, dies: { readonly isDead: boolean }) => {
          const check = ({ event }: Delivery) => {
            if (isBroken && event.stream === 'a-1' && event.version === 2) throw new Error('broken')
          }
          const handle = async (delivery: Delivery) => {
            if (dies.isDead) await new Promise(() => {})
            check(delivery)
            handled.push(delivery)
          }
          const { apply } = listingProcessor(target.adapter, check)
          const consumer = new Consumer(target, 'test', kind === 'apply' ? { apply } : { handle }, {
            ...quick,
            onFailure: 'park',
            retry: { attempts: 1 },
            batchSize: 4,
          })
          await consumer.start().catch(() => consumer.start())
          return consumer
        }
        const again = async <Result>(work: () => Promise<Result>) => work().catch(work)
        const work = async () => {
          for (let round = 0; round < 3; round++)
            for (const stream of ['a-1', 'b-1']) await append(store, stream)
          const first = await start(failing.store, failing)
          await first.waitFor(await append(store, 'a-1'))
          await again(() => first.discardParked({ key: 'a-1', position: 7 }))
          isBroken = false
          await again(() => first.retryParked())
          await expect.poll(async () => documentsOf(store).count('eventfold:held/test', [])).toBe(0)
          await first.waitFor(await append(store, 'a-1'))
          await first.stop()
        }
        await Promise.race([work(), failing.died])
        if (failing.isDead) clock.now += 60_000
        isBroken = false
        const second = await start(store, { isDead: false })
        await second.waitFor(await append(store, 'b-1'))
        await second.retryParked()
        await expect.poll(() => documentsOf(store).count('eventfold:parked/test', [])).toBe(0)
        await expect.poll(() => documentsOf(store).count('eventfold:held/test', [])).toBe(0)
        await second.stop()
        if (kind === 'apply') {
          const ids = (await expectedLists(store))['a-1']?.split(' ') ?? []
          const found = await lists(store)
          expect([ids.join(' '), ids.filter((_, index) => index !== 3).join(' ')]).toContain(found['a-1'])
          expect(found['b-1']).toBe((await expectedLists(store))['b-1'])
        } else {
          const versions = handled
            .filter(({ event }) => event.stream === 'a-1')
            .map(({ event }) => event.version)
          const firsts = [...new Set(versions)]
          expect(firsts).toEqual([...firsts].sort())
          if (!failing.isDead) expect(versions).toEqual([1, 2, 3, 5])
        }
        return failing
      })
    },
  )
})

/** Versions may begin again further down, but never skip one. */
function expectOrder(seen: readonly Delivery[], versions: Readonly<Record<string, number>>): void {
  const reached = new Map<string, number>()
  for (const { event } of seen) {
    const last = reached.get(event.stream) ?? 0
    expect(event.version).toBeLessThanOrEqual(last + 1)
    reached.set(event.stream, Math.max(last, event.version))
  }
  expect(Object.fromEntries(reached)).toEqual(versions)
}

test('one fault in a hundred calls, with many events and instances, leaves everything exactly once', async () => {
  const store = openMemory()
  const start = (name: string) => {
    const failing = failingStore(store.adapter, () => (Math.random() < 0.01 ? 'lose' : undefined))
    return new Consumer(failing.store, 'test', listingProcessor(failing.store.adapter), {
      ...quick,
      partitions: 4,
      batchSize: 7,
      instance: name,
    })
  }
  const consumers = ['x', 'y'].map(start)
  // A start fails where one of its calls does.
  const begin = async (consumer: Consumer): Promise<void> => consumer.start().catch(() => begin(consumer))
  await Promise.all(consumers.map(begin))
  let position = 0
  for (let round = 0; round < 50; round++) position = await append(store, `a-${round % 9}`, 5)
  await Promise.all(consumers.map((consumer) => consumer.waitFor(position, { timeout: 20_000 })))
  await Promise.all(consumers.map((consumer) => consumer.stop()))
  expect(await lists(store)).toEqual(await expectedLists(store))
})
