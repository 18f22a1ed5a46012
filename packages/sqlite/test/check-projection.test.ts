import { defineAggregate, defineTableProjection, typeOf } from '@eventfold/core'
import { checkProjection } from '@eventfold/testing'
import type Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openSqlite } from '../src/index.ts'
import { createFile } from './storage.ts'
import { temporaryFile } from './temporary-file.ts'

const Account = defineAggregate('account', {
  initialState: 0,
  events: { Deposited: typeOf<{ cents: number }>() },
  evolve: { Deposited: (state) => state },
})

const events = [
  { key: '1', type: 'Deposited', data: { cents: 1 } },
  { key: '2', type: 'Deposited', data: { cents: 2 } },
  { key: '1', type: 'Deposited', data: { cents: 3 } },
] as const

type Handle = (
  database: Database.Database,
  event: { readonly stream: string; readonly data: { readonly cents: number } },
  table: { readonly totals: string },
) => void

function defineTotals(handle: Handle, partitionBy?: 'stream') {
  return defineTableProjection('totals', {
    of: [Account],
    database: typeOf<Database.Database>(),
    tables: ['totals'],
    ...(partitionBy && { partitionBy }),
    setUp: (database, table) => {
      database.exec(`CREATE TABLE ${table.totals} (id INTEGER PRIMARY KEY, account TEXT UNIQUE, cents INT)`)
    },
    on: { Deposited: handle },
  })
}

const add: Handle = (database, { stream, data }, table) => {
  database
    .prepare(
      `INSERT INTO ${table.totals} (account, cents) VALUES (?, ?)
      ON CONFLICT (account) DO UPDATE SET cents = cents + excluded.cents`,
    )
    .run(stream, data.cents)
}

const check = (handle: Handle, partitionBy?: 'stream', count: number = events.length) =>
  checkProjection(defineTotals(handle, partitionBy), {
    open: async () => {
      const file = temporaryFile()
      await createFile(file)
      return openSqlite(file, { synchronous: 'normal' })
    },
    events: events.slice(0, count),
    ignoreColumns: ['id'],
  })

test('accepts tables that are written through the transaction', async () => {
  expect((await check(add, 'stream', 2)).schedules).toBeGreaterThan(50)
})

test('rejects tables that depend on what a program remembers', async () => {
  const balances = new Map<string, number>()
  const remembering: Handle = (database, { stream, data }, table) => {
    balances.set(stream, (balances.get(stream) ?? 0) + data.cents)
    database
      .prepare(`INSERT OR REPLACE INTO ${table.totals} (account, cents) VALUES (?, ?)`)
      .run(stream, balances.get(stream))
  }
  await expect(check(remembering)).rejects.toThrow(/ {2}differs {3}at \/totals\/0\/cents/)
})

test('rejects a handler that ends the transaction by itself', async () => {
  const impatient: Handle = (database, event, table) => {
    add(database, event, table)
    database.exec('COMMIT; BEGIN IMMEDIATE')
  }
  const checking = check(impatient)
  await expect(checking).rejects.toThrow('crash after handler 1, batches of 100, 1 partition')
  await expect(checking).rejects.toThrow('Write through the database that the handler is given')
})
