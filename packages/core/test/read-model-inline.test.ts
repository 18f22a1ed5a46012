import { defineProjection, type EventStore, readModel } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, onTestFinished, test } from 'vitest'
import { crashingStore } from './crashing-store.ts'
import {
  Account,
  allOf,
  defineSummaries,
  deposited,
  opened,
  randomOf,
  Summaries,
  SummaryOracle,
} from './projection-fixtures.ts'

function model(store: EventStore, definition = Summaries, mode: 'inline' | 'async' = 'inline') {
  const made = readModel(definition, store, { mode, pollInterval: 20, followInterval: 5 })
  onTestFinished(() => made.stop())
  return made
}

const sorted = <Value>(map: ReadonlyMap<string, Value>) => new Map([...map].sort())

test('what was appended is what is read, after every append', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(1)
  for (let step = 0; step < 20; step++) await oracle.append(store, random, 5)
  const summaries = model(store)
  await summaries.start()
  for (let step = 0; step < 60; step++) {
    expect(await allOf(summaries)).toEqual(sorted(oracle.summaries))
    await oracle.append(store, random, 5)
  }
  await summaries.waitFor(oracle.position)
  expect(await summaries.status()).toMatchObject({ running: true, consumer: undefined, healthy: true })
})

test('concurrent appends are all applied, in whatever order they come', async () => {
  const store = openMemory()
  const summaries = model(store)
  await summaries.start()
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      index % 5 === 0
        ? store.appendAll([
            { stream: 'account-1', events: [deposited(1)] },
            { stream: 'account-2', events: [deposited(1)] },
          ])
        : store.append(`account-${index % 3}`, [deposited(1), deposited(1)]),
    ),
  )
  const { documents } = await summaries.list()
  expect(documents.reduce((sum, { document }) => sum + document.events, 0)).toBe(100)
})

test('a handler that throws makes the append fail as a whole', async () => {
  const store = openMemory()
  const Strict = defineProjection('strict', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      Deposited: ({ cents }, { data }) => {
        if (cents + data.cents < 0) throw new Error('overdrawn')
        return { cents: cents + data.cents }
      },
    },
  })
  const balances = readModel(Strict, store, { mode: 'inline' })
  const summaries = model(store)
  onTestFinished(() => balances.stop())
  await balances.start()
  await summaries.start()
  await store.append('account-1', [deposited(5)])
  await expect(store.append('account-1', [deposited(1), deposited(-10)])).rejects.toThrow('overdrawn')
  expect(await store.readStream('account-1')).toHaveLength(1)
  expect(await balances.get('1')).toEqual({ cents: 5 })
  expect((await summaries.get('1'))?.events).toBe(1)
  await store.append('account-1', [deposited(-5)])
  expect(await balances.get('1')).toEqual({ cents: 0 })
  await balances.stop()
  await store.append('account-1', [deposited(-5)])
})

test('events of others are appended as ever', async () => {
  const store = openMemory()
  const summaries = model(store)
  await summaries.start()
  const { adapter } = store
  let transactions = 0
  const { transaction } = adapter
  adapter.transaction = ((work, options) => {
    transactions++
    return transaction.call(adapter, work, options)
  }) as typeof transaction
  await store.append('other-1', [deposited(1)])
  await store.append('account-1', [{ type: 'Renamed', data: {} }])
  expect(transactions).toBe(0)
  await store.append('account-1', [deposited(1)])
  expect(transactions).toBe(1)
})

test('repeating an append applies nothing twice', async () => {
  const store = openMemory()
  const summaries = model(store)
  await summaries.start()
  const event = { ...deposited(5), id: store.newId() }
  await store.append('account-1', [event])
  expect((await store.append('account-1', [event])).duplicate).toBe(true)
  expect((await summaries.get('1'))?.cents).toBe(5)
})

test('in a transaction of the caller it commits and rolls back with it, and can be read there', async () => {
  const store = openMemory()
  const summaries = model(store)
  await summaries.start()
  await store.transaction(async (transaction) => {
    await store.append('account-1', [deposited(1)], { transaction })
    expect((await summaries.get('1', { transaction }))?.cents).toBe(1)
    expect(await summaries.get('1')).toBeUndefined()
    await store.append('account-1', [deposited(2)], { transaction })
    expect((await summaries.find({ cents: 3 }, { transaction })).documents).toHaveLength(1)
    expect(await summaries.count({}, { transaction })).toBe(1)
  })
  expect((await summaries.get('1'))?.cents).toBe(3)
  const undone = store.transaction(async (transaction) => {
    await store.append('account-1', [deposited(4)], { transaction })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect((await summaries.get('1'))?.cents).toBe(3)
})

test('two instances on one store carry it once, until both are stopped', async () => {
  const store = openMemory()
  const [first, second] = [model(store), model(store)]
  await Promise.all([first.start(), second.start()])
  await store.append('account-1', [deposited(1)])
  await first.stop()
  await store.append('account-1', [deposited(1)])
  expect((await second.get('1'))?.cents).toBe(2)
  expect(await second.audit()).toMatchObject({ complete: true, handled: 2 })
  await second.stop()
  await store.append('account-1', [deposited(1)])
  expect((await second.get('1'))?.cents).toBe(2)
  await first.start()
  expect((await second.get('1'))?.cents).toBe(3)
})

test('what was appended while nobody carried it is caught up at the start', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(2)
  const summaries = model(store)
  for (let round = 0; round < 4; round++) {
    for (let step = 0; step < 30; step++) await oracle.append(store, random, 5)
    await Promise.all([summaries.start(), oracle.append(store, random, 5)])
    expect(await allOf(summaries)).toEqual(sorted(oracle.summaries))
    for (let step = 0; step < 5; step++) await oracle.append(store, random, 5)
    expect(await allOf(summaries)).toEqual(sorted(oracle.summaries))
    await summaries.stop()
  }
})

test('one word changes: from async to inline and back, on what is there', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(3)
  const append = async () => {
    for (let step = 0; step < 25; step++) await oracle.append(store, random, 6)
  }
  await append()
  const first = readModel(Summaries, store, { mode: 'async', partitions: 4 })
  await first.start()
  await first.waitFor(oracle.position)
  await first.stop()
  await append()
  const second = model(store)
  await second.start()
  await append()
  expect(await allOf(second)).toEqual(sorted(oracle.summaries))
  await second.stop()
  await append()
  const third = readModel(Summaries, store, { mode: 'async', partitions: 3 })
  onTestFinished(() => third.stop())
  await third.start()
  await append()
  await third.waitFor(oracle.position)
  expect(await allOf(third)).toEqual(sorted(oracle.summaries))
  expect((await third.status()).current).toEqual({ number: 1, version: 1 })
})

test('while instances still run async, appends and consumer together apply everything once', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(4)
  const running = model(store, Summaries, 'async')
  await running.start()
  for (let step = 0; step < 50; step++) await oracle.append(store, random, 6)
  const inline = model(store)
  await inline.start()
  for (let step = 0; step < 50; step++) {
    await oracle.append(store, random, 6)
    expect(await allOf(inline)).toEqual(sorted(oracle.summaries))
  }
})

test('a rebuild while appends carry the read model ends with what was acknowledged', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(5)
  for (let step = 0; step < 100; step++) await oracle.append(store, random, 9)
  const summaries = model(store)
  await summaries.start()
  await store.adapter.documents?.write([
    { collection: 'account-summary#1', key: '1', data: '{"owner":"","cents":-1,"events":0}' },
  ])
  let isDone = false
  const appending = (async () => {
    while (!isDone) {
      await oracle.append(store, random, 9)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  })()
  // An instance that would run it async, as a script for maintenance does, may ask for it too.
  await summaries.rebuild({ partitions: 3 })
  await model(store, Summaries, 'async').rebuild()
  isDone = true
  await appending
  for (let step = 0; step < 10; step++) {
    await oracle.append(store, random, 9)
    expect(await allOf(summaries)).toEqual(sorted(oracle.summaries))
  }
  expect((await summaries.status()).current).toEqual({ number: 3, version: 1 })
})

test('a newer version is built before its start resolves; then the appends of older code are refused', async () => {
  const store = openMemory()
  const oracle = new SummaryOracle()
  const random = randomOf(6)
  const old = model(store)
  await old.start()
  for (let step = 0; step < 40; step++) await oracle.append(store, random, 5)
  const newer = crashingStore(store, Number.MAX_SAFE_INTEGER, 'before').store
  const tenfold = model(newer, defineSummaries(2, 10))
  await tenfold.start()
  await oracle.append(newer, random, 5)
  const expected = [...oracle.summaries].map(
    ([key, each]) => [key, { ...each, cents: each.cents * 10 }] as const,
  )
  expect(await allOf(tenfold)).toEqual(sorted(new Map(expected)))
  await expect(store.append('account-1', [opened('Ada')])).rejects.toThrowError(
    expect.objectContaining({ code: 'projection-superseded' }),
  )
  await expect(model(store).start()).rejects.toThrowError(
    expect.objectContaining({ code: 'projection-superseded' }),
  )
})

test('a crash at any call of an append stores all of it with its effect, or nothing', async () => {
  let isThrough = false
  for (let dieAt = 1; !isThrough; dieAt++) {
    for (const when of ['before', 'after'] as const) {
      const store = openMemory()
      const crashing = crashingStore(store, Number.MAX_SAFE_INTEGER, when)
      await model(crashing.store).start()
      const first = model(store)
      crashing.dieIn(dieAt)
      const outcome = await crashing.store.append('account-1', [deposited(1), deposited(2)]).then(
        () => 'stored',
        () => 'failed',
      )
      const events = await store.readStream('account-1')
      expect((await first.get('1'))?.events ?? 0).toBe(events.length)
      expect([0, 2]).toContain(events.length)
      if (outcome === 'stored') {
        expect(events).toHaveLength(2)
        isThrough = true
      }
    }
  }
})

test('an append under way when it starts is not missed', async () => {
  for (let turns = 0; turns < 10; turns++) {
    const store = openMemory()
    await model(store).start()
    const { adapter, carriers } = store
    carriers.length = 0
    const append = adapter.append.bind(adapter)
    const held = Promise.withResolvers<void>()
    adapter.append = async (writes, transaction) => {
      if (writes.some(({ stream }) => stream === 'account-slow')) await held.promise
      return append(writes, transaction)
    }
    const slow = store.append('account-slow', [deposited(1)])
    const summaries = model(store)
    const starting = summaries.start()
    while (carriers.length === 0) await new Promise((resolve) => setTimeout(resolve, 0))
    const quick = store.append('account-quick', [deposited(2)])
    // Time enough for a start that does not wait.
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
    held.resolve()
    await Promise.all([slow, quick, starting])
    await store.append('account-quick', [deposited(3)])
    expect((await summaries.get('slow'))?.cents, `${turns} turns`).toBe(1)
    expect((await summaries.get('quick'))?.cents, `${turns} turns`).toBe(5)
    expect(await summaries.audit()).toMatchObject({ complete: true, expected: 3 })
  }
})

test('what was appended before and is not readable yet is not missed by a start', async () => {
  const store = openMemory()
  const first = model(store)
  await first.start()
  await first.stop()
  await store.append('account-1', [deposited(1)])
  const { adapter } = store
  // As behind the open append of somebody else.
  const { head, readLog } = adapter
  let isWithheld = true
  let looks = 0
  adapter.head = async () => {
    looks++
    return isWithheld ? 0 : head.call(adapter)
  }
  adapter.readLog = async (query) => {
    return isWithheld ? { events: [], next: query.after, end: true } : readLog.call(adapter, query)
  }
  const summaries = model(store)
  const starting = summaries.start()
  const carried = store.append('account-1', [deposited(2)])
  while (looks < 3) await new Promise((resolve) => setTimeout(resolve, 0))
  isWithheld = false
  await Promise.all([starting, carried])
  expect((await summaries.get('1'))?.cents).toBe(3)
  expect(await summaries.audit()).toMatchObject({ complete: true, expected: 2 })
})
