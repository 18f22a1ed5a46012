import {
  type DocumentReader,
  type DocumentReadModel,
  defineAggregate,
  defineProjection,
  defineTableProjection,
  type LiveReadModel,
  type ReadModelOf,
  readModel,
  type TableReadModel,
  typeOf,
} from '@eventfold/core'
import { type MemoryTransaction, openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'

const Account = defineAggregate('account', {
  initialState: 0,
  events: { Opened: typeOf<{ owner: string }>(), Deposited: typeOf<{ cents: number }>() },
  evolve: { Opened: (state) => state, Deposited: (state) => state },
})

const Summaries = defineProjection('summary', {
  of: [Account],
  initialState: { owner: '', cents: 0, lines: [1] },
  fields: ['owner', 'cents'],
  on: { Opened: (document, { data }) => ({ ...document, owner: data.owner }) },
})

interface Summary {
  owner: string
  cents: number
  lines: number[]
}

const store = openMemory()

test('one word changes the mode, and what is read stays the same', () => {
  const inline = readModel(Summaries, store, { mode: 'inline' })
  const live = readModel(Summaries, store, { mode: 'live', cache: true })
  expectTypeOf(inline.get).returns.resolves.toEqualTypeOf<Summary | undefined>()
  expectTypeOf(live.get).returns.resolves.toEqualTypeOf<Summary | undefined>()
  expectTypeOf(inline).toExtend<
    DocumentReader<Summary, { owner: string; cents: number }, MemoryTransaction>
  >()
  expectTypeOf(live).toExtend<DocumentReader<Summary, { owner: string; cents: number }, MemoryTransaction>>()
  const mode = 'async' as 'async' | 'inline'
  expectTypeOf(readModel(Summaries, store, { mode, partitions: 4 })).toEqualTypeOf(inline)
  // @ts-expect-error There is no such mode.
  readModel(Summaries, store, { mode: 'later' })
  // @ts-expect-error Live has no partitions.
  readModel(Summaries, store, { mode: 'live', partitions: 4 })
})

test('questions are typed by the fields', () => {
  const model = {} as DocumentReadModel<Summary, { owner: string; cents: number; at: Date | null }, never>
  void model.find({ owner: 'Ada', cents: { from: 1, to: 2 }, at: null }, { orderBy: 'cents' })
  void model.count({ at: { from: new Date() } })
  // @ts-expect-error The field is a number.
  void model.find({ cents: '1' })
  // @ts-expect-error There is no such field.
  void model.find({ lines: 1 })
  // @ts-expect-error There is no such field.
  void model.find({}, { orderBy: 'lines' })
  // @ts-expect-error A range has ends of the type of the field.
  void model.find({ cents: { from: '1' } })
})

test('questions are typed by what a definition says of its fields', () => {
  const listed = readModel(Summaries, store, { mode: 'inline' })
  void listed.find({ owner: 'Ada', cents: { from: 1 } }, { orderBy: 'cents' })
  // @ts-expect-error There is no such field.
  void listed.find({ dollars: 1 })
  // @ts-expect-error Nothing is found by lines.
  void listed.count({ lines: 1 })
  // @ts-expect-error There is no such field.
  void listed.find({}, { orderBy: 'dollars' })
  // @ts-expect-error The field is a number.
  void listed.find({ cents: '1' })

  const ByFunction = defineProjection('by-function', {
    of: [Account],
    initialState: { lines: [1] },
    fields: { size: ({ lines }) => lines.length },
    on: { Opened: (document) => document },
  })
  const named = readModel(ByFunction, store, { mode: 'live' })
  void named.find({ size: 3 })
  // @ts-expect-error There is no such field.
  void named.find({ lines: 3 })

  const WithoutFields = defineProjection('without-fields', {
    of: [Account],
    initialState: { cents: 0 },
    on: { Opened: (document) => document },
  })
  const unnamed = readModel(WithoutFields, store, { mode: 'async' })
  void unnamed.find({})
  // @ts-expect-error Nothing can be ordered by.
  void unnamed.find({}, { orderBy: 'cents' })
})

test('handlers of tables get the transaction, their event, and the names of the tables', () => {
  const Lines = defineTableProjection('lines', {
    of: [Account],
    database: typeOf<MemoryTransaction>(),
    tables: ['lines', 'totals'],
    setUp: (database, table) => {
      expectTypeOf(database).toEqualTypeOf<MemoryTransaction>()
      expectTypeOf(table).toEqualTypeOf<{ readonly lines: string; readonly totals: string }>()
    },
    on: {
      Deposited: async (database, { data }, table) => {
        expectTypeOf(database).toEqualTypeOf<MemoryTransaction>()
        expectTypeOf(data).toEqualTypeOf<{ cents: number }>()
        expectTypeOf(table.totals).toEqualTypeOf<string>()
        // @ts-expect-error There is no such table.
        void table.others
      },
    },
  })
  const inline = () => readModel(Lines, store, { mode: 'inline' })
  expectTypeOf(inline).returns.toEqualTypeOf<TableReadModel<MemoryTransaction>>()
  // @ts-expect-error Tables cannot be folded when they are asked.
  void (() => readModel(Lines, store, { mode: 'live' }))
  defineTableProjection('wrong', {
    of: [Account],
    database: typeOf<MemoryTransaction>(),
    tables: ['lines'],
    setUp: () => {},
    on: {
      // @ts-expect-error There is no such event.
      Closed: () => {},
    },
  })
})

test('read models can be named in parameters', () => {
  const live = readModel(Summaries, store, { mode: 'live' })
  expectTypeOf(live).toExtend<LiveReadModel<Summary, { owner: string; cents: number }, MemoryTransaction>>()
})

test('the read side of a projection can be named by its definition, in whatever mode it runs', async () => {
  expectTypeOf<ReadModelOf<typeof Summaries, MemoryTransaction>>().toExtend<
    DocumentReader<Summary, { owner: string; cents: number }, MemoryTransaction>
  >()
  const report = async (summaries: ReadModelOf<typeof Summaries>) => summaries.get('1')
  expectTypeOf(report).returns.resolves.toEqualTypeOf<Summary | undefined>()
  void report(readModel(Summaries, store, { mode: 'async' }))
  void report(readModel(Summaries, store, { mode: 'inline' }))
  void report(readModel(Summaries, store, { mode: 'live' }))
  const Others = defineProjection('other', {
    of: [Account],
    initialState: { size: 0 },
    on: { Opened: ({ size }) => ({ size }) },
  })
  // @ts-expect-error It has other documents.
  void report(readModel(Others, store, { mode: 'live' }))
})
