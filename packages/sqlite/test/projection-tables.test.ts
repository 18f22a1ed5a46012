import {
  type AggregateDefinition,
  defineAggregate,
  defineProjection,
  defineTableProjection,
  readModel,
  type StandardSchema,
  type TableProjection,
  typeOf,
} from '@eventfold/core'
import type Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

type Events = {
  readonly Deposited: StandardSchema<{ cents: number }>
  readonly Closed: StandardSchema<Record<never, never>>
}

const Account: AggregateDefinition<Events, number, Record<never, never>, unknown> = defineAggregate(
  'account',
  {
    initialState: 0,
    events: { Deposited: typeOf<{ cents: number }>(), Closed: typeOf<Record<never, never>>() },
    evolve: { Deposited: (state) => state, Closed: (state) => state },
  },
)

interface Line {
  readonly account: string
  readonly line: number
  readonly cents: number
  readonly balance: number
}

/** A line for each deposit, with the balance of the account. */
function defineStatement(
  options: {
    version?: number
    factor?: number
    partitionBy?: 'stream'
    fail?: (cents: number) => boolean
  } = {},
) {
  const { version = 1, factor = 1, fail = () => false } = options
  return defineTableProjection('statement', {
    version,
    of: [Account],
    database: typeOf<Database.Database>(),
    tables: ['lines'],
    ...(options.partitionBy && { partitionBy: options.partitionBy }),
    setUp: (database, table) => {
      const extra = version > 1 ? ', extra TEXT' : ''
      database.exec(`CREATE TABLE ${table.lines} (account TEXT, line INT, cents INT, balance INT${extra})`)
      database.exec(`CREATE INDEX ${table.lines}_account ON ${table.lines} (account, line)`)
    },
    on: {
      Deposited: (database, { stream, version: line, data }, table) => {
        if (fail(data.cents)) throw new Error('unlucky')
        const cents = data.cents * factor
        const before = database
          .prepare<[string], { balance: number }>(
            `SELECT balance FROM ${table.lines} WHERE account = ? ORDER BY line DESC LIMIT 1`,
          )
          .get(stream)
        database
          .prepare(`INSERT INTO ${table.lines} (account, line, cents, balance) VALUES (?, ?, ?, ?)`)
          .run(stream, line, cents, (before?.balance ?? 0) + cents)
      },
      Closed: (database, { stream }, table) => {
        database.prepare(`DELETE FROM ${table.lines} WHERE account = ?`).run(stream)
      },
    },
  })
}

type Store = Awaited<ReturnType<typeof openTestStore>>

/** What was acknowledged, and the lines that follow from it. */
class Oracle {
  position = 0
  readonly #lines = new Map<string, Line[]>()

  async append(store: Store, step: number): Promise<void> {
    const account = `account-${step % 5}`
    const isClosing = step % 17 === 16
    const event = isClosing ? { type: 'Closed', data: {} } : { type: 'Deposited', data: { cents: step } }
    const { position, version } = await store.append(account, [event])
    this.position = position
    const lines = this.#lines.get(account) ?? []
    const balance = (lines.at(-1)?.balance ?? 0) + step
    if (isClosing) lines.splice(0)
    else lines.push({ account, line: version, cents: step, balance })
    this.#lines.set(account, lines)
  }

  lines(factor = 1): readonly Line[] {
    const all = [...this.#lines].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, lines]) => lines)
    return all.map((line) => ({ ...line, cents: line.cents * factor, balance: line.balance * factor }))
  }
}

function model(store: Store, definition: TableProjection<never, Database.Database, 'lines'>, options = {}) {
  const made = readModel(definition, store, {
    mode: 'async',
    pollInterval: 20,
    followInterval: 5,
    ...options,
  })
  onTestFinished(() => made.stop())
  return made
}

function linesOf({ path }: Store): unknown[] {
  return openHandle(path).prepare('SELECT account, line, cents, balance FROM lines ORDER BY 1, 2').all()
}

function tablesOf({ path }: Store): unknown[] {
  const statement = openHandle(path).prepare(
    "SELECT name FROM sqlite_schema WHERE name LIKE 'lines%' ORDER BY 1",
  )
  return statement.pluck().all()
}

test('tables follow the log, async and inline, and one word changes', async () => {
  const store = await openTestStore()
  const oracle = new Oracle()
  for (let step = 0; step < 20; step++) await oracle.append(store, step)
  const statement = model(store, defineStatement())
  await statement.start()
  await statement.waitFor(oracle.position)
  expect(linesOf(store)).toEqual(oracle.lines())
  await statement.stop()
  const inline = model(store, defineStatement(), { mode: 'inline' })
  await inline.start()
  for (let step = 20; step < 40; step++) {
    await oracle.append(store, step)
    expect(linesOf(store)).toEqual(oracle.lines())
  }
  expect(await inline.audit()).toMatchObject({ complete: true, expected: 40 })
})

test('a handler that throws makes an inline append fail, also in a transaction that goes on', async () => {
  const store = await openTestStore()
  const statement = model(store, defineStatement({ fail: (cents) => cents === 13 }), { mode: 'inline' })
  await statement.start()
  const deposit = (cents: number) => ({ type: 'Deposited', data: { cents } })
  await expect(store.append('account-1', [deposit(1), deposit(13)])).rejects.toThrow('unlucky')
  await store.transaction(async (transaction) => {
    await store.append('account-1', [deposit(2)], { transaction })
    await expect(store.append('account-1', [deposit(3), deposit(13)], { transaction })).rejects.toThrow(
      'unlucky',
    )
    await store.append('account-1', [deposit(4)], { transaction })
  })
  expect(linesOf(store)).toMatchObject([{ cents: 2 }, { cents: 4, balance: 6 }])
  expect((await store.readStream('account-1')).map(({ data }) => data)).toEqual([{ cents: 2 }, { cents: 4 }])
  expect(await statement.audit()).toMatchObject({ complete: true, expected: 2 })
})

test('an event that fails leaves nothing of its batch that is not counted, and parks its stream alone', async () => {
  const store = await openTestStore()
  const statement = model(store, defineStatement({ fail: (cents) => cents === 7 }), {
    onFailure: 'park',
    retry: { attempts: 1 },
  })
  for (let cents = 1; cents <= 12; cents++) {
    await store.append(`account-${cents % 2}`, [{ type: 'Deposited', data: { cents } }])
  }
  await statement.start()
  await statement.waitFor(12)
  expect(linesOf(store)).toMatchObject(
    [2, 4, 6, 8, 10, 12]
      .map((cents) => ({ account: 'account-0', cents }))
      .concat([1, 3, 5].map((cents) => ({ account: 'account-1', cents }))),
  )
  expect(await statement.audit()).toMatchObject({ complete: true, handled: 9, parked: 3 })
})

test('a rebuild beside what serves replaces the tables behind the view', async () => {
  const store = await openTestStore()
  const oracle = new Oracle()
  for (let step = 0; step < 50; step++) await oracle.append(store, step)
  const statement = model(store, defineStatement({ partitionBy: 'stream' }))
  await statement.start()
  await statement.waitFor(oracle.position)
  openHandle(store.path).exec('UPDATE lines__1 SET balance = -1')
  let isOver = false
  const appending = (async () => {
    for (let step = 50; !isOver; step++) await oracle.append(store, step)
  })()
  await statement.rebuild({ partitions: 2 })
  isOver = true
  await appending
  await statement.waitFor(oracle.position)
  expect(linesOf(store)).toEqual(oracle.lines())
  expect(tablesOf(store)).toEqual(['lines', 'lines__2', 'lines__2_account'])
})

test('a newer version with other columns takes the place of the old one', async () => {
  const store = await openTestStore()
  const oracle = new Oracle()
  for (let step = 0; step < 30; step++) await oracle.append(store, step)
  const old = model(store, defineStatement())
  await old.start()
  await old.waitFor(oracle.position)
  const newer = model(store, defineStatement({ version: 2, factor: 10 }))
  const report = await newer.dryRun({ maxDifferences: 3 })
  const { different } = report
  expect(report.differences).toHaveLength(3)
  // A deposit of 0 is the same tenfold.
  expect(different).toBe(oracle.lines().filter(({ balance }) => balance > 0).length * 2)
  await newer.start()
  await oracle.append(store, 30)
  while ((await newer.status()).current?.version !== 2) await new Promise((resolve) => setTimeout(resolve, 1))
  await newer.waitFor(oracle.position)
  expect(linesOf(store)).toEqual(oracle.lines(10))
  expect(openHandle(store.path).prepare('SELECT DISTINCT extra FROM lines').all()).toEqual([{ extra: null }])
})

test('a dry run finds rows that are changed, missing, or there too often', async () => {
  const store = await openTestStore()
  const oracle = new Oracle()
  for (let step = 1; step < 16; step++) await oracle.append(store, step)
  const statement = model(store, defineStatement())
  await statement.start()
  await statement.waitFor(oracle.position)
  expect(await statement.dryRun()).toEqual({ same: 15, different: 0, differences: [], unsettled: 0 })
  const handle = openHandle(store.path)
  handle.exec("UPDATE lines__1 SET cents = -1 WHERE account = 'account-1' AND line = 1")
  handle.exec("DELETE FROM lines__1 WHERE account = 'account-2' AND line = 1")
  handle.exec("INSERT INTO lines__1 SELECT * FROM lines__1 WHERE account = 'account-3' AND line = 1")
  const report = await statement.dryRun()
  expect(report).toMatchObject({ same: 12, different: 5 })
  const changed = { account: 'account-1', line: 1, balance: 1 }
  const doubled = { account: 'account-3', line: 1, cents: 3, balance: 3 }
  expect(report.differences).toEqual([
    { table: 'lines', in: 'current', row: { ...changed, cents: -1 } },
    { table: 'lines', in: 'current', row: doubled },
    { table: 'lines', in: 'rebuilt', row: { ...changed, cents: 1 } },
    { table: 'lines', in: 'rebuilt', row: { account: 'account-2', line: 1, cents: 2, balance: 2 } },
    { table: 'lines', in: 'rebuilt', row: doubled },
  ])
  expect(await statement.dryRun({ ignoreColumns: ['cents'] })).toMatchObject({ different: 3 })
  await statement.rebuild()
  expect(linesOf(store)).toEqual(oracle.lines())
})

test('what cannot be is refused', async () => {
  const store = await openTestStore()
  const invalid = (code: string) => expect.objectContaining({ code })
  expect(() => model(store, defineStatement(), { partitions: 2 })).toThrowError(invalid('invalid-option'))
  await expect(model(store, defineStatement()).rebuild({ partitions: 2 })).rejects.toThrowError(
    invalid('invalid-option'),
  )
  expect(() => readModel(defineStatement(), store, { mode: 'live' as never })).toThrowError(
    invalid('invalid-option'),
  )
  const define = (tables: readonly string[]) =>
    defineTableProjection('p', {
      of: [Account],
      database: typeOf<Database.Database>(),
      tables,
      setUp: () => {},
      on: { Closed: () => {} },
    })
  for (const tables of [[], ['a', 'a'], ['a b'], ['A'], ['a"'], ['x'.repeat(51)]]) {
    expect(() => define(tables)).toThrowError(invalid('invalid-definition'))
  }
})

test('documents are exactly once on a file, over restarts of the store', async () => {
  const Balances = defineProjection('balances', {
    of: [Account],
    initialState: { cents: 0, events: 0 },
    fields: ['cents'],
    on: { Deposited: ({ cents, events }, { data }) => ({ cents: cents + data.cents, events: events + 1 }) },
  })
  const path = temporaryFile()
  for (let round = 1; round <= 3; round++) {
    const store = await openTestStore({}, path)
    const balances = readModel(Balances, store, { mode: round === 2 ? 'inline' : 'async', leaseTime: 100 })
    await balances.start()
    for (let step = 0; step < 10; step++) {
      await store.append(`account-${step % 2}`, [{ type: 'Deposited', data: { cents: 1 } }])
    }
    await balances.waitFor(await store.head())
    expect(await balances.get('1')).toEqual({ cents: 5 * round, events: 5 * round })
    expect((await balances.find({ cents: { from: 1 } })).documents).toHaveLength(2)
    await balances.stop()
    expect((await balances.check({ all: true })).differences).toEqual([])
    expect(await balances.audit()).toMatchObject({ complete: true, expected: 10 * round })
    await store.close()
  }
})
