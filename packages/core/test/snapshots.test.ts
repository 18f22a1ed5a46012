import {
  aggregateRoot,
  defineAggregate,
  EventStore,
  type JsonValue,
  repository,
  rootRepository,
  type SnapshotMoment,
  type SnapshotOptions,
  type SnapshotProblem,
  typeOf,
} from '@eventfold/core'
import type { DocumentAdapter, StreamQuery } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'

interface TallyState {
  readonly total: number
  readonly steps: readonly number[]
}

const Tally = defineAggregate('tally', {
  initialState: { total: 0, steps: [] } as TallyState,
  events: { Added: typeOf<{ readonly by: number }>() },
  evolve: { Added: ({ total, steps }, { by }) => ({ total: total + by, steps: [...steps, by] }) },
  commands: { add: typeOf<{ readonly by: number }>() },
  decide: { add: (_state, { by }) => [{ type: 'Added', data: { by } }] },
})

/** A store that tells which versions its folds read. */
function watched(clock?: () => Date) {
  const { adapter } = openMemory()
  const store = new EventStore(adapter, clock === undefined ? {} : { clock })
  const reads: [from: number, to: number][] = []
  const { readFold } = adapter
  adapter.readFold = async (query: StreamQuery, transaction) => {
    const rows = await readFold.call(adapter, query, transaction)
    reads.push([query.from, query.from + rows.length - 1])
    return rows
  }
  return { store, reads, adapter }
}

async function add(store: EventStore, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({ type: 'Added', data: { by: index + 1 } }))
  await store.append('tally-1', events)
}

function tallies(store: EventStore, snapshots: SnapshotOptions<TallyState>, cache = 0) {
  return repository(Tally, store, { snapshots, cache })
}

test('a load reads the event of the snapshot and what came after it', async () => {
  const { store, reads } = watched()
  const repo = tallies(store, { every: 10 })
  await add(store, 25)
  await repo.load('1')
  await repo.snapshots?.settled()
  await add(store, 3)
  reads.length = 0
  expect((await repo.load('1')).version).toBe(28)
  expect((await repo.load('1', { version: 26 })).version).toBe(26)
  expect((await repo.load('1', { version: 24 })).version).toBe(24)
  expect(reads).toEqual([
    [25, 28],
    [25, 26],
    [1, 24],
  ])
  await expect(repo.load('1', { version: 29 })).rejects.toMatchObject({ code: 'version-not-found' })
})

test('a stream longer than a page is read on from the snapshot', async () => {
  const { store } = watched()
  const repo = tallies(store, { every: 1_000 })
  await add(store, 5)
  await add(store, 2_500)
  await repo.load('1')
  await repo.snapshots?.settled()
  await add(store, 2_048)
  const { version, state } = await repo.load('1')
  expect([version, state.steps.length]).toEqual([4_553, 4_553])
})

test('without a condition a snapshot is taken every 100 events', async () => {
  const { store } = watched()
  const repo = tallies(store, {})
  await add(store, 99)
  await repo.load('1')
  expect((await repo.snapshots?.verify())?.checked).toBe(0)
  await add(store, 1)
  await repo.load('1')
  await repo.snapshots?.settled()
  expect((await repo.snapshots?.verify())?.checked).toBe(1)
})

test('a snapshot is taken by size, by age, or by what a function says', async () => {
  let time = 1_000
  const { store } = watched(() => new Date(time))
  const moments: SnapshotMoment<TallyState>[] = []
  const bySize = tallies(store, { everyCharacters: 30, stateVersion: 1 })
  const byAge = tallies(store, { olderThan: 500, stateVersion: 2 })
  const byFunction = tallies(store, {
    stateVersion: 3,
    when: (moment) => {
      moments.push(moment)
      return moment.state.total > 5
    },
  })
  const taken = async () => {
    const counts: number[] = []
    for (const repo of [bySize, byAge, byFunction]) {
      await repo.load('1')
      await repo.snapshots?.settled()
      const differences = await repo.snapshots?.verify()
      counts.push(differences?.checked ?? -1)
    }
    return counts
  }
  await add(store, 2)
  expect(await taken()).toEqual([0, 1, 0])
  await add(store, 3)
  time += 400
  expect(await taken()).toEqual([1, 1, 1])
  expect(moments.map(({ state: _, ...moment }) => moment)).toEqual([
    { id: '1', version: 2, eventsSince: 2, charactersSince: 16, age: undefined },
    { id: '1', version: 5, eventsSince: 5, charactersSince: 40, age: undefined },
  ])
  await taken()
  expect(moments).toHaveLength(2)
  time += 50
  await add(store, 1)
  await taken()
  expect(moments[2]).toMatchObject({ eventsSince: 1, charactersSince: 8, age: 50 })
})

test('a cached state is completed by the events that came since, and is frozen', async () => {
  const { store, reads } = watched()
  const repo = repository(Tally, store, { cache: 1 })
  const other = repository(Tally, store)
  await add(store, 3)
  const first = await repo.load('1')
  expect(Object.isFrozen(first.state.steps)).toBe(true)
  await other.execute('1', 'add', { by: 10 })
  reads.length = 0
  const { state } = await repo.load('1')
  expect(state).toEqual({ total: 16, steps: [1, 2, 3, 10] })
  const executed = await repo.execute('1', 'add', { by: 1 })
  expect(executed.state.total).toBe(17)
  await repo.load('2')
  expect(reads).toEqual([
    [3, 4],
    [4, 4],
    [1, 0],
  ])
})

test('the cache holds the aggregates that were used last', async () => {
  const { store, reads } = watched()
  const repo = repository(Tally, store, { cache: 2 })
  for (const id of ['1', '2', '3']) await store.append(`tally-${id}`, [{ type: 'Added', data: { by: 1 } }])
  for (const id of ['1', '2', '1', '3', '1', '2']) await repo.load(id)
  expect(reads.length).toBe(6)
  const before = (await repo.load('1')).state
  expect((await repo.load('1')).state).toBe(before)
  await repo.load('3')
  await repo.load('2')
  expect((await repo.load('1')).state).not.toBe(before)
})

test('a cached state that the stream does not bear out is dropped', async () => {
  const first = watched()
  const repo = repository(Tally, first.store, { cache: 10 })
  await add(first.store, 3)
  await repo.load('1')
  const second = openMemory()
  await second.append('tally-1', [{ type: 'Added', data: { by: 50 } }])
  const { readFold } = second.adapter
  first.adapter.readFold = (query, transaction) => readFold.call(second.adapter, query, transaction as never)
  expect((await repo.load('1')).state).toEqual({ total: 50, steps: [50] })
})

test('with a cache and snapshots, one snapshot is taken for as many events', async () => {
  const { store, adapter } = watched()
  const repo = tallies(store, { every: 10 }, 10)
  let writes = 0
  const documents = adapter.documents as DocumentAdapter
  const { write } = documents
  documents.write = async (all, transaction) => {
    writes++
    await write.call(documents, all, transaction)
  }
  for (let events = 1; events <= 40; events++) {
    await add(store, 1)
    await repo.load('1')
    await repo.snapshots?.settled()
  }
  expect(writes).toBe(4)
})

test('a state that is not JSON is carried by functions of the user', async () => {
  const Names = defineAggregate('names', {
    initialState: () => new Map<string, number>(),
    events: { Named: typeOf<{ readonly name: string }>() },
    evolve: { Named: (state, { name }) => new Map(state).set(name, (state.get(name) ?? 0) + 1) },
  })
  const { store, reads } = watched()
  const problems: SnapshotProblem[] = []
  const onProblem = (problem: SnapshotProblem) => problems.push(problem)
  const plain = repository(Names, store, { snapshots: { every: 2, onProblem } })
  const carried = repository(Names, store, {
    snapshots: {
      every: 2,
      onProblem,
      toJson: (state) => [...state],
      fromJson: (json: JsonValue) => new Map(json as [string, number][]),
    },
  })
  await store.append('names-1', [
    { type: 'Named', data: { name: 'Ada' } },
    { type: 'Named', data: { name: 'Ada' } },
  ])
  await plain.load('1')
  expect(problems).toMatchObject([{ kind: 'not-written', stream: 'names-1', error: { code: 'not-json' } }])
  await carried.load('1')
  await carried.snapshots?.settled()
  reads.length = 0
  expect((await carried.load('1')).state).toEqual(new Map([['Ada', 2]]))
  expect(reads).toEqual([[2, 2]])
  const broken = repository(Names, store, {
    snapshots: {
      onProblem,
      fromJson: () => {
        throw new Error('no')
      },
    },
  })
  expect((await broken.load('1')).state).toEqual(new Map([['Ada', 2]]))
  expect(problems[1]).toMatchObject({ kind: 'undecodable' })
  expect(await broken.snapshots?.verify()).toEqual({
    checked: 0,
    differences: [],
    ignored: [{ id: '1', kind: 'undecodable' }],
  })
})

test('a snapshot that says something else than the events is found', async () => {
  let factor = 1
  const Odd = defineAggregate('tally', {
    initialState: { total: 0 },
    events: { Added: typeOf<{ readonly by: number }>() },
    evolve: { Added: ({ total }, { by }) => ({ total: total + by * factor }) },
  })
  const { store } = watched()
  const repo = repository(Odd, store, { snapshots: { every: 2 } })
  await add(store, 2)
  await repo.load('1')
  factor = 2
  expect(await repo.snapshots?.verify()).toEqual({
    checked: 1,
    differences: [{ id: '1', version: 2, snapshot: { total: 3 }, folded: { total: 6 } }],
    ignored: [],
  })
})

test('another evolve, or another initial state, has other snapshots', async () => {
  const { store, reads } = watched()
  await add(store, 4)
  const versions = [
    { initialState: { total: 0 }, evolve: { Added: (s: { total: number }) => ({ total: s.total + 1 }) } },
    { initialState: { total: 0 }, evolve: { Added: (s: { total: number }) => ({ total: s.total + 2 }) } },
    { initialState: { total: 1 }, evolve: { Added: (s: { total: number }) => ({ total: s.total + 2 }) } },
  ]
  const totals: number[] = []
  for (const version of [...versions, ...versions]) {
    const definition = defineAggregate('tally', { events: { Added: typeOf<{ by: number }>() }, ...version })
    const repo = repository(definition, store, { snapshots: { every: 2 } })
    totals.push((await repo.load('1')).state.total)
    await repo.snapshots?.settled()
  }
  expect(totals).toEqual([4, 8, 9, 4, 8, 9])
  expect(reads.map(([from]) => from)).toEqual([1, 1, 1, 4, 4, 4])
})

test('classes of aggregates begin at snapshots as well', async () => {
  class Root extends aggregateRoot(Tally) {
    add(by: number) {
      this.record('Added', { by })
    }
  }
  const { store, reads } = watched()
  const roots = rootRepository(Root, store, { snapshots: { every: 3 } })
  await add(store, 3)
  await roots.load('1')
  await new Promise((resolve) => setImmediate(resolve))
  reads.length = 0
  await roots.update('1', (root) => root.add(4))
  expect((await roots.load('1')).state.total).toBe(10)
  expect(reads).toEqual([
    [3, 3],
    [3, 4],
  ])
})

test('what listens to problems cannot fail a load, nor can a store that was closed meanwhile', async () => {
  const { store, adapter } = watched()
  const problems: string[] = []
  const repo = tallies(store, {
    every: 1,
    onProblem: ({ kind }) => {
      problems.push(kind)
      throw new Error('of who listens')
    },
  })
  await add(store, 1)
  const documents = adapter.documents as DocumentAdapter
  const { write, read } = documents
  documents.write = () => Promise.reject(new Error('full'))
  expect((await repo.load('1')).version).toBe(1)
  await repo.snapshots?.settled()
  expect(problems).toEqual(['not-written'])
  documents.write = write
  documents.read = read
  await repo.load('1')
  await store.close()
  await repo.snapshots?.settled()
  expect(problems).toEqual(['not-written'])
})

test('options that cannot be, and stores that keep events only, are refused', () => {
  const { store } = watched()
  for (const snapshots of [
    { every: 0 },
    { everyCharacters: 1.5 },
    { olderThan: -1 },
    { stateVersion: 0 },
    { keep: 0 },
  ]) {
    expect(() => tallies(store, snapshots)).toThrowError(/snapshots\./)
  }
  expect(() => repository(Tally, store, { cache: -1 })).toThrowError(/cache is -1/)
  const { adapter } = openMemory()
  const eventsOnly = new EventStore(Object.assign(adapter, { documents: undefined }) as never)
  expect(() => tallies(eventsOnly, {})).toThrowError(/keeps events only/)
})
