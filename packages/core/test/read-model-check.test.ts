import { defineProjection, type EventStore, readModel } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, onTestFinished, test } from 'vitest'
import { emptyTally, tallyEvent } from '../src/consumer/tally.ts'
import { crashingStore } from './crashing-store.ts'
import {
  Account,
  defineSummaries,
  deposited,
  opened,
  randomOf,
  Summaries,
  SummaryOracle,
} from './projection-fixtures.ts'

function model(store: EventStore, options = {}, definition = Summaries) {
  const made = readModel(definition, store, {
    mode: 'async',
    pollInterval: 20,
    followInterval: 5,
    ...options,
  })
  onTestFinished(() => made.stop())
  return made
}

/** A store with a history, and its read model up to date. */
async function filled(seed: number, options = {}) {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(seed)
  for (let step = 0; step < 150; step++) await oracle.append(store, random, 12)
  const summaries = model(store, options)
  await summaries.start()
  await summaries.waitFor(oracle.position)
  return { store, oracle, random, summaries }
}

async function spoil(
  store: EventStore,
  key: string,
  data: string | undefined,
  generation = 1,
): Promise<void> {
  await store.adapter.documents?.write([{ collection: `account-summary#${generation}`, key, data }])
}

/** Appends until it is told to stop. */
function keepAppending({ store, oracle, random }: Awaited<ReturnType<typeof filled>>) {
  let isOver = false
  const loop = (async () => {
    while (!isOver) {
      await oracle.append(store, random, 12)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  })()
  return async () => {
    isOver = true
    await loop
  }
}

test('a check of a read model that is right finds nothing, also while appends go on', async () => {
  for (const partitions of [1, 3]) {
    const all = await filled(1, { partitions })
    const stop = keepAppending(all)
    for (const maxDocuments of [1, 5, 1000]) {
      const report = await all.summaries.check({ all: true, maxDocuments })
      expect(report.differences).toEqual([])
      expect(report.checked).toBeGreaterThanOrEqual(10)
    }
    expect(await all.summaries.check({ keys: ['1', 'none'] })).toMatchObject({ checked: 2, differences: [] })
    expect((await all.summaries.check({ sample: 10 })).differences).toEqual([])
    await stop()
  }
})

test('every difference is found: changed, missing and superfluous documents', async () => {
  const { store, oracle, summaries } = await filled(2)
  const [first, second] = [...oracle.summaries.keys()] as [string, string]
  const wrong = { ...oracle.summaries.get(first), cents: 1e6 }
  await spoil(store, first, JSON.stringify(wrong))
  await spoil(store, second, undefined)
  await spoil(store, 'ghost', JSON.stringify(wrong))
  const { differences } = await summaries.check({ all: true, maxDocuments: 3 })
  const sorted = [...differences].sort((a, b) => (a.key < b.key ? -1 : 1))
  expect(sorted).toEqual(
    [
      { key: first, stored: wrong, expected: oracle.summaries.get(first) },
      { key: second, stored: undefined, expected: oracle.summaries.get(second) },
      { key: 'ghost', stored: wrong, expected: undefined },
    ].sort((a, b) => (a.key < b.key ? -1 : 1)),
  )
  expect((await summaries.check({ keys: [first] })).differences).toHaveLength(1)
  const sampled = await summaries.check({ sample: 500 })
  expect(sampled.differences.map(({ key }) => key).sort()).toEqual([first, second].sort())
  await summaries.rebuild()
  expect((await summaries.check({ all: true })).differences).toEqual([])
})

test('keys that are held back by a parked event are told apart', async () => {
  const store = openMemory()
  const Fragile = defineProjection('fragile', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      Deposited: (document, { data }) => {
        if (data.cents === 13) throw new Error('unlucky')
        return { cents: document.cents + data.cents }
      },
    },
  })
  const fragile = readModel(Fragile, store, { mode: 'async', onFailure: 'park', retry: { attempts: 1 } })
  onTestFinished(() => fragile.stop())
  await fragile.start()
  await store.append('account-1', [deposited(1)])
  const { position } = await store.append('account-2', [deposited(13), deposited(1)])
  await fragile.waitFor(position)
  expect(await fragile.check({ keys: ['2'] })).toEqual({ checked: 0, differences: [], held: ['2'] })
  expect(await fragile.check({ keys: ['1'] })).toEqual({ checked: 1, differences: [], held: [] })
  expect(await fragile.audit()).toEqual({
    complete: true,
    position,
    expected: 3,
    handled: 1,
    skipped: 0,
    discarded: 0,
    parked: 2,
  })
  await fragile.consumer?.discardParked({ key: '2' })
  expect(await fragile.audit()).toMatchObject({ complete: true, handled: 1, discarded: 2, parked: 0 })
})

test('checks run regularly while the read model does', async () => {
  const reports: unknown[] = []
  const reported = Promise.withResolvers<void>()
  const { store, oracle, summaries } = await filled(3, {
    checkEvery: 1,
    checkSample: 50,
    onCheck: ({ differences }: { differences: readonly unknown[] }) => {
      if (differences.length === 0) return
      reports.push(...differences)
      reported.resolve()
    },
  })
  for (const key of oracle.summaries.keys()) await spoil(store, key, '{"owner":"","cents":0,"events":0}')
  await reported.promise
  await summaries.stop()
  expect(reports.length).toBeGreaterThan(0)
})

test('an audit proves that every event was consumed, and finds one that was not', async () => {
  for (const partitions of [1, 4]) {
    const all = await filled(4, { partitions })
    const stop = keepAppending(all)
    const report = await all.summaries.audit()
    expect(report).toMatchObject({ complete: true, skipped: 0, parked: 0 })
    expect(report.handled).toBe(report.expected)
    expect(report.expected).toBeGreaterThanOrEqual(150)
    await stop()
  }
  const store = openMemory()
  const inline = readModel(Summaries, store, { mode: 'inline' })
  await inline.start()
  await store.append('account-1', [opened('Ada')])
  expect(await inline.audit()).toMatchObject({ complete: true, expected: 1, handled: 1 })
  const careless = crashingStore(store, Number.MAX_SAFE_INTEGER, 'before').store
  await careless.append('account-2', [opened('Bob')])
  await store.append('account-1', [deposited(1)])
  expect(await inline.audit()).toMatchObject({ complete: false, expected: 3, handled: 2 })
  expect((await inline.check({ all: true })).differences.map(({ key }) => key)).toEqual(['2'])
  await inline.rebuild()
  expect(await inline.audit()).toMatchObject({ complete: true, expected: 3, handled: 3 })
})

test('an audit finds an event that stands for another one, though their number is right', async () => {
  const store = openMemory()
  const summaries = model(store)
  await summaries.start()
  const events = [opened('Ada'), deposited(1)].map((event) => ({ ...event, id: crypto.randomUUID() }))
  const { position } = await store.append('account-1', events)
  await summaries.waitFor(position)
  await summaries.stop()
  expect(await summaries.audit()).toMatchObject({ complete: true, handled: 2 })

  const { documents } = store.adapter
  const place = { collection: 'eventfold:partitions/account-summary#1', key: '0000' }
  const [text = ''] = (await documents?.read([place])) ?? []
  const handled = events.reduce((tally) => tallyEvent(tally, events[0]?.id ?? ''), emptyTally)
  const data = JSON.stringify({ ...JSON.parse(text), handled })
  await documents?.write([{ ...place, data }])
  expect(await summaries.audit()).toMatchObject({ complete: false, expected: 2, handled: 2 })
})

test('an audit holds when the number of partitions changes', async () => {
  const all = await filled(5, { partitions: 4 })
  await all.summaries.stop()
  for (const partitions of [3, 1, 7]) {
    for (let step = 0; step < 20; step++) await all.oracle.append(all.store, all.random, 12)
    const changed = model(all.store, { partitions })
    await changed.start()
    await changed.waitFor(all.oracle.position)
    expect(await changed.audit()).toMatchObject({ complete: true, handled: all.oracle.count })
    await changed.stop()
  }
})

test('a dry run of the same version finds what is wrong, and does not switch', async () => {
  const all = await filled(6)
  const { store, oracle, summaries } = all
  const keys = [...oracle.summaries.keys()].slice(0, 3) as [string, string, string]
  // Of accounts that nothing more happens to.
  for (const [index, key] of keys.entries()) {
    await store.append(`account-spoiled-${index}`, [opened(key)])
  }
  await summaries.waitFor(await store.head())
  await spoil(store, 'spoiled-0', undefined)
  await spoil(store, 'spoiled-1', '{"owner":"x","cents":0,"events":1}')
  await spoil(store, 'ghost', '{"owner":"x","cents":0,"events":1}')
  const stop = keepAppending(all)
  const report = await summaries.dryRun({ partitions: 2 })
  await stop()
  expect(report).toMatchObject({ different: 3, unsettled: 0 })
  expect(report.same).toBeGreaterThanOrEqual(9)
  expect([...report.differences].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
    { key: 'ghost', current: { owner: 'x', cents: 0, events: 1 }, rebuilt: undefined },
    { key: 'spoiled-0', current: undefined, rebuilt: { owner: keys[0], cents: 0, events: 1 } },
    {
      key: 'spoiled-1',
      current: { owner: 'x', cents: 0, events: 1 },
      rebuilt: { owner: keys[1], cents: 0, events: 1 },
    },
  ])
  expect((await summaries.status()).building).toMatchObject({ purpose: 'dry-run' })
  expect(await summaries.get('ghost')).toBeDefined()
  const { handled } = await summaries.rebuild()
  expect(handled).toBeGreaterThan(100)
  expect(await summaries.get('ghost')).toBeUndefined()
  await summaries.waitFor(oracle.position)
  expect((await summaries.check({ all: true })).differences).toEqual([])
})

test('a dry run of a newer version shows what it would change', async () => {
  const all = await filled(7)
  const { oracle, store, summaries } = all
  const newer = model(store, {}, defineSummaries(2, 10))
  const report = await newer.dryRun({ maxDifferences: 2 })
  const changed = [...oracle.summaries.values()].filter(({ cents }) => cents !== 0).length
  expect(report).toMatchObject({
    same: oracle.summaries.size - changed,
    different: changed,
    unsettled: 0,
  })
  expect(report.differences).toHaveLength(2)
  for (const { current, rebuilt } of report.differences) {
    expect(rebuilt?.cents).toBe((current?.cents ?? 0) * 10)
  }
  expect((await summaries.status()).current?.version).toBe(1)
  expect(await newer.cancelRebuild()).toBe(true)
  expect((await summaries.status()).building).toBeUndefined()
  expect(await summaries.get('1')).toEqual(oracle.summaries.get('1'))
})
