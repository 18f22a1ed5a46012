import { defineProjection, type EventStore, readModel } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, onTestFinished, test } from 'vitest'
import {
  Account,
  allOf,
  closed,
  defineSummaries,
  deposited,
  opened,
  randomOf,
  Summaries,
  SummaryOracle,
} from './projection-fixtures.ts'

/** An asynchronous read model that ends with the test. */
function asyncModel(store: EventStore, definition = Summaries, options = {}) {
  const model = readModel(definition, store, { mode: 'async', pollInterval: 20, ...options })
  onTestFinished(() => model.stop())
  return model
}

test('before the first start there is nothing to read, and nothing to wait for', async () => {
  const store = openMemory()
  const model = asyncModel(store)
  await store.append('account-1', [opened('Ada')])
  expect(await model.get('1')).toBeUndefined()
  expect(await model.list()).toEqual({ documents: [], next: undefined })
  expect(await model.count()).toBe(0)
  await expect(model.waitFor(1, { timeout: 1 })).rejects.toThrowError(
    expect.objectContaining({ code: 'wait-timeout', reached: 0 }),
  )
  expect(await model.status()).toMatchObject({
    current: undefined,
    running: false,
    healthy: true,
    position: 0,
  })
  expect(await model.cancelRebuild()).toBe(false)
})

test('what is in the log, and what comes, is in the documents once it was waited for', async () => {
  const store = openMemory()
  await store.append('account-1', [opened('Ada'), deposited(5)])
  const model = asyncModel(store)
  await model.start()
  await model.waitFor(2)
  expect(await model.get('1')).toEqual({ owner: 'Ada', cents: 5, events: 2 })
  for (let cents = 6; cents < 30; cents++) {
    const { position } = await store.append('account-1', [deposited(1)])
    await model.waitFor(position)
    expect((await model.get('1'))?.cents).toBe(cents)
  }
  const { position } = await store.append('account-1', [closed])
  await model.waitFor(position)
  expect(await model.get('1')).toBeUndefined()
  expect(await model.status()).toMatchObject({
    running: true,
    current: { number: 1, version: 1 },
    building: undefined,
    position,
    healthy: true,
  })
})

test('random histories, with several instances, partitions and restarts, give what was acknowledged', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const store = openMemory()
    const random = randomOf(seed)
    const oracle = new SummaryOracle()
    const options = { partitions: seed, batchSize: 1 + Math.floor(random() * 5), leaseTime: 60 }
    const models = [asyncModel(store, Summaries, options), asyncModel(store, Summaries, options)]
    for (let step = 0; step < 40; step++) {
      await oracle.append(store, random, 6)
      const model = models[Math.floor(random() * 2)]
      if (random() < 0.2) await model?.start()
      if (random() < 0.1) await model?.stop()
    }
    for (const model of models) await model.start()
    for (const model of models) {
      await model.waitFor(oracle.position)
      expect(await allOf(model), `seed ${seed}`).toEqual(new Map([...oracle.summaries].sort()))
    }
    for (const model of models) await model.stop()
  }
})

test('documents are found by values and ranges, in order, in pages', async () => {
  const store = openMemory()
  for (const [index, cents] of [5, -3, 100, 20, 20].entries()) {
    await store.append(`account-${index}`, [opened(index % 2 === 0 ? 'even' : 'odd'), deposited(cents)])
  }
  const model = asyncModel(store)
  await model.start()
  await model.waitFor(10)
  const keys = async (...[where, options]: Parameters<typeof model.find>) =>
    (await model.find(where, options)).documents.map(({ key }) => key)
  expect(await keys({ owner: 'even' })).toEqual(['0', '2', '4'])
  expect(await keys({ cents: { from: 5, to: 20 } }, { orderBy: 'cents' })).toEqual(['0', '3', '4'])
  expect(await keys({}, { orderBy: 'cents', backwards: true })).toEqual(['2', '4', '3', '0', '1'])
  expect(await model.count({ cents: { to: 5 } })).toBe(2)
  const first = await model.find({}, { orderBy: 'cents', limit: 3 })
  expect(first.documents.map(({ key }) => key)).toEqual(['1', '0', '3'])
  const second = await model.find({}, { orderBy: 'cents', limit: 3, after: first.next as string })
  expect(second.documents.map(({ key }) => key)).toEqual(['4', '2'])
  expect(second.next).toBeUndefined()
})

test('an event of several keys changes each of its documents, in whatever partitions', async () => {
  const store = openMemory()
  const Totals = defineProjection('totals', {
    of: [Account],
    key: ({ stream, recordedAt }) => [stream, recordedAt.toISOString().slice(0, 7), 'all'],
    initialState: { cents: 0 },
    on: { Deposited: (document, { data }) => ({ cents: document.cents + data.cents }) },
  })
  const model = readModel(Totals, store, { mode: 'async', partitions: 7 })
  onTestFinished(() => model.stop())
  await model.start()
  let position = 0
  for (let count = 0; count < 20; count++) {
    ;({ position } = await store.append(`account-${count % 3}`, [deposited(1)]))
  }
  await model.waitFor(position)
  const documents = await allOf(model)
  expect(documents.get('all')).toEqual({ cents: 20 })
  expect(documents.get('account-0')).toEqual({ cents: 7 })
  expect(documents.size).toBe(5)
})

test('a handler that forgets to return stops the read model, visibly, and applies nothing', async () => {
  const store = openMemory()
  const Wrong = defineProjection('wrong', {
    of: [Account],
    initialState: { n: 0 },
    on: { Opened: (document) => ({ n: document.n + 1 }), Deposited: (() => undefined) as never },
  })
  const errors: unknown[] = []
  const failed = Promise.withResolvers<void>()
  await store.append('account-1', [opened('Ada'), opened('Bob'), deposited(1), opened('Cy')])
  const watched = readModel(Wrong, store, {
    mode: 'async',
    retry: { attempts: 1 },
    onError: (error, { action }) => action === 'stop' && errors.push(error),
    onStateChange: ({ to }) => to === 'failed' && failed.resolve(),
  })
  onTestFinished(() => watched.stop())
  await watched.start()
  await failed.promise
  expect(errors).toEqual([expect.objectContaining({ code: 'missing-result', position: 3 })])
  expect(await watched.get('1')).toEqual({ n: 2 })
  expect(await watched.status()).toMatchObject({ healthy: false, consumer: { state: 'failed' } })
})

test('what has failed is tried again by a start, without a stop before it', async () => {
  const store = openMemory()
  const failed = Promise.withResolvers<void>()
  let isBroken = true
  const Broken = defineProjection('broken', {
    of: [Account],
    initialState: { n: 0 },
    on: {
      Opened: ({ n }) => {
        if (isBroken) throw new Error('broken')
        return { n: n + 1 }
      },
    },
  })
  const model = readModel(Broken, store, {
    mode: 'async',
    retry: { attempts: 1 },
    onStateChange: ({ to }) => to === 'failed' && failed.resolve(),
  })
  onTestFinished(() => model.stop())
  await model.start()
  const { position } = await store.append('account-1', [opened('Ada')])
  await failed.promise
  isBroken = false
  await model.start()
  await model.waitFor(position)
  expect(await model.get('1')).toEqual({ n: 1 })
  expect(await model.status()).toMatchObject({ healthy: true, consumer: { state: 'live' } })
})

test('what JSON cannot carry is refused, and parked with its key alone where that is wanted', async () => {
  const store = openMemory()
  const Dated = defineProjection('dated', {
    of: [Account],
    initialState: { cents: 0, at: null as Date | null },
    on: {
      Deposited: ({ at }, { data: { cents } }) => ({ cents, at: cents < 0 ? new Date(0) : at }),
    },
  })
  const model = readModel(Dated, store, { mode: 'async', onFailure: 'park', retry: { attempts: 1 } })
  onTestFinished(() => model.stop())
  await model.start()
  await store.append('account-1', [deposited(1)])
  await store.append('account-2', [deposited(-1)])
  await store.append('account-2', [deposited(2)])
  const { position } = await store.append('account-1', [deposited(3)])
  await model.waitFor(position)
  expect(await model.get('1')).toEqual({ cents: 3, at: null })
  expect(await model.get('2')).toBeUndefined()
  const parked = (await model.consumer?.parked()) ?? []
  expect(parked.map(({ key, reason, error }) => [key, reason, error?.code])).toEqual([
    ['2', 'failed', 'not-json'],
    ['2', 'behind', undefined],
  ])
})

test('a newer version is built beside the old one, which serves until it switches by itself', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(7)
  for (let step = 0; step < 30; step++) await oracle.append(store, random, 5)
  const old = asyncModel(store, defineSummaries(1), { followInterval: 5 })
  await old.start()
  await old.waitFor(oracle.position)
  const newer = asyncModel(store, defineSummaries(2, 10), { followInterval: 5 })
  await newer.start()
  const plain = () => new Map([...oracle.summaries].sort())
  const tenfold = () => new Map([...plain()].map(([key, each]) => [key, { ...each, cents: each.cents * 10 }]))
  let isSwitched = false
  while (!isSwitched) {
    await oracle.append(store, random, 5)
    await old.waitFor(oracle.position)
    const shown = await allOf(old)
    isSwitched = (await newer.status()).current?.version === 2
    // As a whole of one version or the other, and as new as was waited for.
    expect([plain(), tenfold()]).toContainEqual(shown)
  }
  await newer.waitFor(oracle.position)
  expect(await allOf(newer)).toEqual(tenfold())
  // Readers of the old version read what serves.
  expect(await allOf(old)).toEqual(tenfold())
  while ((await old.status()).running) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(await old.status()).toMatchObject({
    healthy: false,
    error: expect.objectContaining({ code: 'projection-superseded', version: 1, current: 2 }),
  })
  await expect(asyncModel(store, defineSummaries(1)).start()).rejects.toThrowError(
    expect.objectContaining({ code: 'projection-superseded' }),
  )
})
