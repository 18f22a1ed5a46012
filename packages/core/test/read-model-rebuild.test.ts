import { defineProjection, type EventStore, type RebuildProgress, readModel } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, onTestFinished, test } from 'vitest'
import { crashingStore } from './crashing-store.ts'
import {
  Account,
  allOf,
  defineSummaries,
  deposited,
  randomOf,
  Summaries,
  SummaryOracle,
} from './projection-fixtures.ts'

function asyncModel(store: EventStore, definition = Summaries, options = {}) {
  const model = readModel(definition, store, {
    mode: 'async',
    pollInterval: 20,
    followInterval: 5,
    ...options,
  })
  onTestFinished(() => model.stop())
  return model
}

const sorted = <Value>(map: ReadonlyMap<string, Value>) => new Map([...map].sort())

/** All that a store keeps of generations, by collection. */
async function leftovers(store: EventStore, generations: readonly number[]): Promise<string[]> {
  const found: string[] = []
  for (const number of generations) {
    const name = `account-summary#${number}`
    const collections = [name, ...['partitions', 'held', 'parked'].map((kind) => `eventfold:${kind}/${name}`)]
    for (const collection of collections) {
      if ((await store.adapter.documents?.count(collection, [])) !== 0) found.push(collection)
    }
    const consumer = { collection: 'eventfold:consumers', key: name }
    const [text] = (await store.adapter.documents?.read([consumer])) ?? []
    if (text !== undefined) found.push(consumer.collection)
  }
  return found
}

test('a rebuild while appends go on ends with what was acknowledged, and leaves nothing of the old one', async () => {
  for (const partitions of [1, 3]) {
    const store = openMemory()
    const oracle = new SummaryOracle()
    const random = randomOf(partitions)
    for (let step = 0; step < 300; step++) await oracle.append(store, random, 20)
    const model = asyncModel(store)
    await model.start()
    await model.waitFor(oracle.position)
    // Spoiled, as by a handler that was wrong once.
    const spoiled = { collection: 'account-summary#1', key: '1', data: '{"owner":"","cents":-1,"events":0}' }
    await store.adapter.documents?.write([spoiled])
    let isDone = false
    let seen = 0
    const appending = (async () => {
      while (!isDone) {
        await oracle.append(store, random, 20)
        expect(await model.count()).toBeGreaterThan(0)
        // Whoever waits reads its own writes, whichever generation serves.
        const { position } = await store.append('account-watched', [deposited(1)])
        await model.waitFor(position)
        expect((await model.get('watched'))?.events).toBe(++seen)
        await new Promise((resolve) => setTimeout(resolve, 0))
      }
    })()
    const progress: RebuildProgress[] = []
    const report = await model.rebuild({
      partitions,
      progressInterval: 1,
      onProgress: (each) => void progress.push(each),
    })
    isDone = true
    await appending
    await model.waitFor(oracle.position)
    expect(seen).toBeGreaterThan(0)
    const watched = { owner: '', cents: seen, events: seen }
    expect(await allOf(model)).toEqual(sorted(new Map([...oracle.summaries, ['watched', watched]])))
    expect(report.handled).toBeGreaterThan(300)
    expect(progress.length).toBeGreaterThan(1)
    const dones = progress.map(({ done }) => done)
    expect(dones).toEqual([...dones].sort((a, b) => a - b))
    for (const { done, total } of progress) expect(done).toBeLessThanOrEqual(total)
    expect(progress.at(-1)).toMatchObject({ handled: report.handled })
    expect(await model.status()).toMatchObject({ current: { number: 2 }, building: undefined, healthy: true })
    expect(await leftovers(store, [1])).toEqual([])
    // And it goes on.
    const { position } = await store.append('account-new', [deposited(3)])
    await model.waitFor(position)
    expect(await model.get('new')).toEqual({ owner: '', cents: 3, events: 1 })
  }
})

test('the progress of a rebuild has a rate per second, and the milliseconds that remain', async () => {
  const store = openMemory()
  await store.append(
    'account-1',
    Array.from({ length: 100 }, () => deposited(1)),
  )
  const { readLog } = store.adapter
  store.adapter.readLog = async (query) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return readLog.call(store.adapter, query)
  }
  const progress: RebuildProgress[] = []
  const report = await asyncModel(store, Summaries, { batchSize: 10 }).rebuild({
    progressInterval: 1,
    onProgress: (each) => void progress.push(each),
  })
  const middle = progress.filter(({ done }) => done > 0 && done < 100)
  expect(middle).not.toEqual([])
  for (const { done, total, rate, remaining } of middle) {
    expect(total).toBe(100)
    expect(remaining).toBeCloseTo(((total - done) / rate) * 1_000)
  }
  const { rate = 0, ...last } = progress.at(-1) ?? {}
  expect(last).toEqual({ done: 100, total: 100, handled: 100, remaining: 0 })
  // All of it took longer than what is measured, and that at least nine reads.
  expect(rate).toBeGreaterThanOrEqual(100_000 / report.milliseconds)
  expect(rate).toBeLessThan(100_000 / (9 * 4))
})

test('a rebuild needs no start, and several calls at once do one work', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(3)
  for (let step = 0; step < 100; step++) await oracle.append(store, random, 9)
  const models = [asyncModel(store), asyncModel(store), asyncModel(store)] as const
  await Promise.all(models.map((model) => model.rebuild()))
  expect(await allOf(models[0])).toEqual(sorted(oracle.summaries))
  expect((await models[1].status()).current).toEqual({ number: 2, version: 1 })
  expect(await leftovers(store, [1])).toEqual([])
})

test('an interrupted rebuild goes on where it was', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(5)
  for (let step = 0; step < 200; step++) await oracle.append(store, random, 9)
  const seen: number[] = []
  let interrupt: AbortController | undefined = new AbortController()
  const Watched = defineProjection('watched', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      Deposited: (document, { data, position }) => {
        seen.push(position)
        if (seen.length === 100) interrupt?.abort(new Error('interrupted'))
        return { cents: document.cents + data.cents }
      },
    },
  })
  const model = readModel(Watched, store, { mode: 'async', batchSize: 10 })
  await expect(model.rebuild({ signal: interrupt.signal })).rejects.toThrow('interrupted')
  expect((await model.status()).building).toMatchObject({ number: 2, purpose: 'rebuild' })
  interrupt = undefined
  const other = readModel(Watched, store, { mode: 'async' })
  await other.rebuild()
  expect(new Set(seen).size).toBe(seen.length)
  expect((await model.status()).current?.number).toBe(2)
})

test('a rebuild can be cancelled, from anywhere, and what served goes on', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(6)
  for (let step = 0; step < 200; step++) await oracle.append(store, random, 9)
  const model = asyncModel(store)
  await model.start()
  await model.waitFor(oracle.position)
  const cancelled = asyncModel(store)
  const rebuilding = cancelled.rebuild({
    progressInterval: 1,
    onProgress: () => void cancelling.resolve(),
  })
  const cancelling = Promise.withResolvers<void>()
  const outcome = expect(rebuilding).rejects.toThrowError(
    expect.objectContaining({ code: 'rebuild-cancelled', projection: 'account-summary' }),
  )
  await cancelling.promise
  expect(await model.cancelRebuild()).toBe(true)
  await outcome
  expect(await model.cancelRebuild()).toBe(false)
  expect(await allOf(model)).toEqual(sorted(oracle.summaries))
  expect((await model.status()).building).toBeUndefined()
})

test('a handler that fails ends a rebuild with its error, and what served goes on', async () => {
  const store = openMemory()
  await store.append('account-1', [deposited(1), deposited(2)])
  const define = (version: number, isBroken: boolean) =>
    defineProjection('fragile', {
      version,
      of: [Account],
      initialState: { cents: 0 },
      on: {
        Deposited: (document, { data }) => {
          if (isBroken && data.cents === 2) throw new Error('broken')
          return { cents: document.cents + data.cents }
        },
      },
    })
  const old = readModel(define(1, false), store, { mode: 'async' })
  onTestFinished(() => old.stop())
  await old.start()
  await old.waitFor(2)
  const broken = readModel(define(2, true), store, { mode: 'async', retry: { attempts: 1 } })
  await expect(broken.rebuild()).rejects.toThrow('broken')
  expect(await old.get('1')).toEqual({ cents: 3 })
  expect((await old.status()).current).toEqual({ number: 1, version: 1 })
  const fixed = readModel(define(3, false), store, { mode: 'async' })
  await fixed.rebuild()
  expect((await fixed.status()).current).toMatchObject({ version: 3 })
})

test('a crash at any call of a rebuild leaves what the next one needs, and readers see nothing of it', async () => {
  let isThrough = false
  for (let dieAt = 1; !isThrough; dieAt++) {
    for (const when of ['before', 'after'] as const) {
      const store = openMemory()
      const oracle = new SummaryOracle()
      const random = randomOf(dieAt)
      for (let step = 0; step < 12; step++) await oracle.append(store, random, 4)
      const reader = asyncModel(store)
      await reader.start()
      await reader.waitFor(oracle.position)
      await reader.stop()
      const crashing = crashingStore(store, dieAt, when)
      const victim = readModel(Summaries, crashing.store, { mode: 'async', partitions: 2, batchSize: 5 })
      const outcome = await victim.rebuild({ progressInterval: 100 }).then(
        () => 'done',
        () => 'crashed',
      )
      await victim.stop()
      expect(await allOf(reader), `${when} call ${dieAt}`).toEqual(sorted(oracle.summaries))
      await oracle.append(store, random, 4)
      // The partitions of the dead are free only when its lease has ended: here it is cut short.
      const documents = store.adapter.documents
      for (const number of [1, 2]) await documents?.clear(`eventfold:instances/account-summary#${number}`)
      await reader.rebuild()
      await reader.start()
      await reader.waitFor(oracle.position)
      expect(await allOf(reader), `${when} call ${dieAt}`).toEqual(sorted(oracle.summaries))
      const { current, building } = await reader.status()
      expect(building).toBeUndefined()
      const others = [1, 2, 3].filter((number) => number !== current?.number)
      expect(await leftovers(store, others), `${when} call ${dieAt}`).toEqual([])
      await reader.stop()
      if (outcome === 'done') isThrough = true
    }
  }
})

test('a crash at any call of an upgrade leaves what the next start needs', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(11)
  for (let step = 0; step < 12; step++) await oracle.append(store, random, 4)
  const first = asyncModel(store)
  await first.start()
  await first.waitFor(oracle.position)
  await first.stop()
  const tenfold = () =>
    sorted(new Map([...oracle.summaries].map(([key, each]) => [key, { ...each, cents: each.cents * 10 }])))
  for (let dieAt = 1; dieAt < 80; dieAt++) {
    const crashing = crashingStore(store, dieAt, dieAt % 2 === 0 ? 'before' : 'after')
    const victim = readModel(defineSummaries(2, 10), crashing.store, { mode: 'async', followInterval: 1 })
    await victim.start().catch(() => {})
    const isOver = async () => crashing.calls() >= dieAt || (await first.status()).current?.version === 2
    while (!(await isOver())) await new Promise((resolve) => setTimeout(resolve, 1))
    await victim.stop()
    const { current } = await first.status()
    const expected = current?.version === 2 ? tenfold() : sorted(oracle.summaries)
    if (current?.version === 1) expect(await allOf(first), `call ${dieAt}`).toEqual(expected)
    for (const number of [1, 2]) {
      await store.adapter.documents?.clear(`eventfold:instances/account-summary#${number}`)
    }
    if (current?.version === 2) break
  }
  const second = asyncModel(store, defineSummaries(2, 10))
  await second.start()
  await oracle.append(store, random, 4)
  while ((await second.status()).current?.version !== 2)
    await new Promise((resolve) => setTimeout(resolve, 1))
  await second.waitFor(oracle.position)
  expect(await allOf(second)).toEqual(tenfold())
})
