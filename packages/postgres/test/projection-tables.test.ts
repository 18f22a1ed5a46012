import {
  type AggregateDefinition,
  defineAggregate,
  defineProjection,
  defineTableProjection,
  readModel,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'
import pg, { type ClientBase } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { type TestDatabase, testDatabase, until } from './test-database.ts'

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

interface Total {
  readonly account: string
  readonly cents: number
  readonly events: number
}

/** A row for each account, and a log of all deposits with a number that each build gives anew. */
function defineTotals(version = 1, factor = 1) {
  return defineTableProjection('totals', {
    version,
    of: [Account],
    database: typeOf<ClientBase>(),
    tables: ['totals', 'deposits'],
    partitionBy: 'stream',
    setUp: async (database, table) => {
      const extra = version > 1 ? 'note text, ' : ''
      await database.query(
        `CREATE TABLE ${table.totals} (${extra}account text PRIMARY KEY, cents int, events int, info json)`,
      )
      await database.query(`CREATE TABLE ${table.deposits} (id serial, account text, cents int)`)
    },
    on: {
      Deposited: async (database, { stream, data }, table) => {
        await database.query(
          `INSERT INTO ${table.totals} AS t (account, cents, events, info) VALUES ($1, $2, 1, '{}')
          ON CONFLICT (account) DO UPDATE SET cents = t.cents + $2, events = t.events + 1`,
          [stream, data.cents * factor],
        )
        await database.query(`INSERT INTO ${table.deposits} (account, cents) VALUES ($1, $2)`, [
          stream,
          data.cents,
        ])
      },
      Closed: async (database, { stream }, table) => {
        await database.query(`DELETE FROM ${table.totals} WHERE account = $1`, [stream])
      },
    },
  })
}

const Balances = defineProjection('balances', {
  of: [Account],
  initialState: { cents: 0, events: 0 },
  fields: ['cents'],
  on: {
    Deposited: ({ cents, events }, { data }) => ({ cents: cents + data.cents, events: events + 1 }),
    Closed: () => null,
  },
})

/** What was acknowledged, and what follows from it. */
class Oracle {
  position = 0
  readonly #totals = new Map<string, Total>()

  async append(store: PostgresStore, account: string, cents: number): Promise<void> {
    const event = cents === 0 ? { type: 'Closed', data: {} } : { type: 'Deposited', data: { cents } }
    const { position } = await store.append(account, [event])
    this.position = Math.max(this.position, position)
    const before = this.#totals.get(account)
    if (cents === 0) this.#totals.delete(account)
    else
      this.#totals.set(account, {
        account,
        cents: (before?.cents ?? 0) + cents,
        events: (before?.events ?? 0) + 1,
      })
  }

  /** Writers, each of accounts of its own, until they are told to stop. */
  appendAtOnce(stores: readonly PostgresStore[], writers: number): () => Promise<void> {
    let isOver = false
    const loops = Array.from({ length: writers }, async (_, writer) => {
      for (let step = 1; !isOver; step++) {
        const store = stores[step % stores.length] as PostgresStore
        await this.append(store, `account-${writer}x${step % 3}`, step % 23 === 22 ? 0 : step)
        // Not more than a consumer with two statements an event can keep up with.
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })
    return async () => {
      isOver = true
      await Promise.all(loops)
    }
  }

  get totals(): readonly Total[] {
    return [...this.#totals.values()].sort((a, b) => (a.account < b.account ? -1 : 1))
  }
}

async function totalsOf({ pool }: TestDatabase): Promise<unknown[]> {
  return (await pool.query('SELECT account, cents, events FROM totals ORDER BY account COLLATE "C"')).rows
}

function options<Mode extends 'inline' | 'async'>(mode: Mode) {
  return { mode, pollInterval: 50, followInterval: 20 }
}

test('tables follow the log, over two stores, through a rebuild under load, async and inline', async () => {
  const database = await testDatabase()
  const stores = [await database.open(), await database.open()] as const
  const oracle = new Oracle()
  const models = stores.map((store) =>
    readModel(defineTotals(), store, { ...options('async'), partitions: 2 }),
  )
  onTestFinished(async () => {
    for (const model of models) await model.stop()
  })
  const stop = oracle.appendAtOnce(stores, 4)
  for (const model of models) await model.start()
  await until(() => oracle.position > 100)
  await models[0]?.waitFor(oracle.position)
  // It locks rows in another order than the projection does.
  const spoil = () => database.pool.query('UPDATE totals__1 SET cents = -1')
  await until(() =>
    spoil().then(
      () => true,
      (error) => error.code !== '40P01' && Promise.reject(error),
    ),
  )
  await models[1]?.rebuild({ partitions: 2 })
  await until(async () => (await models[0]?.status())?.current?.number === 2)
  await stop()
  await models[0]?.waitFor(oracle.position)
  expect(await totalsOf(database)).toEqual(oracle.totals)
  expect(await models[0]?.audit()).toMatchObject({ complete: true })
  expect(await database.value("SELECT to_regclass('totals__1')")).toBeNull()
  for (const model of models) await model.stop()

  const inline = stores.map((store) => readModel(defineTotals(), store, options('inline')))
  for (const model of inline) await model.start()
  onTestFinished(async () => {
    for (const model of inline) await model.stop()
  })
  const stopAgain = oracle.appendAtOnce(stores, 4)
  const report = await inline[0]?.dryRun({ ignoreColumns: ['id'] })
  expect(report).toMatchObject({ different: 0, unsettled: 0 })
  await inline[0]?.rebuild()
  await stopAgain()
  expect(await totalsOf(database)).toEqual(oracle.totals)
  expect(await inline[1]?.audit()).toMatchObject({ complete: true })
})

test('a dry run compares rows by their texts, and leaves out what is meant to differ', async () => {
  const database = await testDatabase()
  const store = await database.open()
  const oracle = new Oracle()
  for (let step = 1; step <= 20; step++) await oracle.append(store, `account-${step % 4}`, step)
  const model = readModel(defineTotals(), store, options('async'))
  onTestFinished(() => model.stop())
  await model.start()
  await model.waitFor(oracle.position)
  await database.pool.query("UPDATE totals__1 SET cents = 7 WHERE account = 'account-1'")
  const report = await model.dryRun({ ignoreColumns: ['id'] })
  expect(report).toMatchObject({ same: 23, different: 2, unsettled: 0 })
  expect(report.differences).toEqual([
    { table: 'totals', in: 'current', row: { account: 'account-1', cents: '7', events: '5', info: '{}' } },
    { table: 'totals', in: 'rebuilt', row: { account: 'account-1', cents: '45', events: '5', info: '{}' } },
  ])
  expect(await model.cancelRebuild()).toBe(true)
  expect(await database.value("SELECT to_regclass('totals__2')")).toBeNull()
})

test('a rebuild keeps the privileges of a view, and new columns replace it', async () => {
  const database = await testDatabase()
  const store = await database.open()
  const oracle = new Oracle()
  await oracle.append(store, 'account-1', 5)
  const model = readModel(defineTotals(), store, options('async'))
  onTestFinished(() => model.stop())
  await model.start()
  await database.pool.query('GRANT SELECT ON totals TO PUBLIC')
  await model.rebuild()
  const privileges = "SELECT relacl::text FROM pg_class WHERE relname = 'totals'"
  expect(await database.value(privileges)).toContain('=r/')
  const newer = readModel(defineTotals(2, 10), store, options('async'))
  onTestFinished(() => newer.stop())
  await newer.rebuild()
  const { rows } = await database.pool.query('SELECT note, cents FROM totals')
  expect(rows).toEqual([{ note: null, cents: 50 }])
})

test('a handler that throws undoes an inline append, also in a transaction that goes on', async () => {
  const database = await testDatabase()
  const store = await database.open()
  const Strict = defineTableProjection('strict', {
    of: [Account],
    database: typeOf<ClientBase>(),
    tables: ['strict'],
    setUp: (client, table) => client.query(`CREATE TABLE ${table.strict} (cents int CHECK (cents <> 13))`),
    on: {
      Deposited: (client, { data }, table) =>
        client.query(`INSERT INTO ${table.strict} VALUES ($1)`, [data.cents]),
    },
  })
  const model = readModel(Strict, store, options('inline'))
  await model.start()
  onTestFinished(() => model.stop())
  const deposit = (cents: number) => ({ type: 'Deposited', data: { cents } })
  await expect(store.append('account-1', [deposit(1), deposit(13)])).rejects.toThrow('strict')
  await store.transaction(async (transaction) => {
    await store.append('account-1', [deposit(2)], { transaction })
    await expect(store.append('account-1', [deposit(13)], { transaction })).rejects.toThrow('strict')
    await store.append('account-1', [deposit(4)], { transaction })
  })
  const { rows } = await database.pool.query('SELECT cents FROM strict ORDER BY cents')
  expect(rows).toEqual([{ cents: 2 }, { cents: 4 }])
  expect(await model.audit()).toMatchObject({ complete: true, expected: 2 })
})

test.each(['inline', 'async'] as const)('a pool of one connection is enough for what is %s', async (mode) => {
  const database = await testDatabase()
  const pool = new pg.Pool({ connectionString: database.url, max: 1, connectionTimeoutMillis: 2_000 })
  const store = await database.open({ pool })
  const oracle = new Oracle()
  await oracle.append(store, 'account-1', 5)
  const models = [readModel(defineTotals(), store, options(mode)), readModel(Balances, store, options(mode))]
  await Promise.all(models.map((model) => model.start()))
  await oracle.append(store, 'account-1', 7)
  await Promise.all(models.map((model) => model.waitFor(oracle.position)))
  expect(await totalsOf(database)).toEqual(oracle.totals)
  const reports = await Promise.all(models.map((model) => model.dryRun()))
  expect(reports).toMatchObject([{ unsettled: 0 }, { unsettled: 0 }])
  await Promise.all(models.map((model) => model.rebuild()))
  expect(await totalsOf(database)).toEqual(oracle.totals)
  await Promise.all(models.map((model) => model.stop()))
  await store.close()
  await pool.end()
})

test('documents are exactly once over two stores, through a rebuild under load, async and inline', async () => {
  const database = await testDatabase()
  const stores = [await database.open(), await database.open()] as const
  const oracle = new Oracle()
  const expected = () =>
    oracle.totals.map(({ account, cents, events }) => ({
      key: account.slice('account-'.length),
      document: { cents, events },
    }))
  for (const mode of ['async', 'inline', 'async'] as const) {
    const models = stores.map((store) => readModel(Balances, store, options(mode)))
    for (const model of models) await model.start()
    const stop = oracle.appendAtOnce(stores, 4)
    const before = oracle.position
    await until(() => oracle.position > before + 50)
    await models[0]?.rebuild()
    const { differences } = (await models[1]?.check({ all: true })) ?? {}
    expect(differences).toEqual([])
    await stop()
    await models[1]?.waitFor(oracle.position)
    expect((await models[1]?.list({ limit: 1_000 }))?.documents).toEqual(expected())
    expect(await models[0]?.audit()).toMatchObject({ complete: true })
    for (const model of models) await model.stop()
  }
})
