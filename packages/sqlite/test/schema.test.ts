import { readFileSync, writeFileSync } from 'node:fs'
import { StoreSetupError } from '@eventfold/core'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { checkSqliteVersion } from '../src/connection.ts'
import { openSqlite, schemaSql } from '../src/index.ts'
import { openHandle, openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

/** What goes wrong when the file is opened after `change`. */
async function problemAfter(change: string): Promise<unknown> {
  const { path } = await createdStore()
  const database = new Database(path)
  database.unsafeMode()
  database.exec(change)
  database.close()
  return openSqlite(path).catch((error: unknown) => error)
}

async function createdStore() {
  const path = temporaryFile()
  const store = await openSqlite(path)
  await store.append('account-1', [{ type: 'Opened', data: {} }])
  await store.close()
  return { path }
}

describe('the schema', () => {
  test('is what schema.sql says', async () => {
    const { path } = await openTestStore()
    const statements = openHandle(path)
      .prepare<[], string>(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'`)
      .pluck()
      .all()
    const dump = statements.map((sql) => `${sql};\n`).join('\n')
    const file = new URL('../schema.sql', import.meta.url)
    // UPDATE_SCHEMA=1 writes it anew, after a migration was added.
    if (process.env['UPDATE_SCHEMA'] !== undefined) writeFileSync(file, dump)
    expect(readFileSync(file, 'utf8')).toBe(dump)
  })

  test('can be made by hand, also in a database that has tables already', async () => {
    const path = temporaryFile()
    openHandle(path).exec(`CREATE TABLE customers (name TEXT); ${schemaSql()}`)
    const store = await openTestStore({ migrate: false }, path)
    expect(store.schema()).toBe(schemaSql())
    expect(await store.append('account-1', [{ type: 'Opened', data: {} }])).toMatchObject({ position: 1 })
  })

  test('stays as it is when the file is opened again, and so do the events', async () => {
    const { path } = await createdStore()
    const store = await openTestStore({ migrate: false }, path)
    expect(await store.readStream('account-1')).toHaveLength(1)
  })

  test('has the ids as they are read, so that any shell finds an event by its id', async () => {
    const { path } = await createdStore()
    const store = await openTestStore({}, path)
    const [event] = await store.readStream('account-1')
    const found = openHandle(path)
      .prepare('SELECT stream, type FROM eventfold_events WHERE id = ?')
      .get(event?.id)
    expect(found).toEqual({ stream: 'account-1', type: 'Opened' })
  })

  test('is not made without permission', async () => {
    const error = await openSqlite(temporaryFile(), { migrate: false }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(StoreSetupError)
    expect(error).toMatchObject({ code: 'schema-missing', message: expect.stringContaining('migrate: true') })
  })

  test('of a later version is refused', async () => {
    const error = await problemAfter('INSERT INTO eventfold_migrations VALUES (99, 0)')
    expect(error).toMatchObject({ code: 'schema-too-new', message: expect.stringContaining('99') })
  })

  test.each([
    'DROP TRIGGER eventfold_events_no_update',
    'DROP TRIGGER eventfold_events_no_delete',
    'DROP TRIGGER eventfold_tags_no_delete',
    'DROP INDEX eventfold_events_by_stream',
    'DROP INDEX eventfold_events_by_id; CREATE INDEX eventfold_events_by_id ON eventfold_events (id)',
    'DROP TABLE eventfold_tags',
  ])('is refused as damaged after %s', async (change) => {
    const error = await problemAfter(change)
    expect(error).toMatchObject({ code: 'schema-damaged', message: expect.stringContaining('CREATE') })
  })

  test('without its version is refused as damaged', async () => {
    const error = await problemAfter('DELETE FROM eventfold_migrations')
    expect(error).toMatchObject({ code: 'schema-damaged' })
  })

  test('of another program is refused, and its file left alone', async () => {
    const path = temporaryFile()
    const other = openHandle(path)
    other.exec('CREATE TABLE customers (name TEXT)')
    await expect(openSqlite(path)).rejects.toMatchObject({ code: 'schema-damaged' })
    expect(other.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['customers'])
    expect(other.pragma('journal_mode', { simple: true })).toBe('delete')
  })

  test('cannot be in a file that is no database', async () => {
    const path = temporaryFile()
    writeFileSync(path, 'This is a text, and not a database. '.repeat(100))
    await expect(openSqlite(path)).rejects.toMatchObject({ code: 'schema-damaged' })
  })

  test('lets the tables of the user stand beside it', async () => {
    const { path } = await createdStore()
    openHandle(path).exec('CREATE TABLE customers (name TEXT); CREATE TABLE events (name TEXT)')
    await openTestStore({}, path)
  })
})

test('a SQLite that can lose data is refused', () => {
  expect(() => checkSqliteVersion('3.51.3')).not.toThrow()
  expect(() => checkSqliteVersion('3.100.0')).not.toThrow()
  expect(() => checkSqliteVersion('3.51.2')).toThrow(
    expect.objectContaining({ code: 'unsupported-database' }),
  )
  expect(() => checkSqliteVersion('3.9.0')).toThrow(StoreSetupError)
})

test.each([
  [':memory:', {}],
  ['', {}],
  ['file:events.db', {}],
  ['/no/such/folder/events.db', {}],
  ['events.db\0', {}],
  [undefined as never, {}],
  ['events.db', { lockTimeout: -1 }],
  ['events.db', { pollInterval: 0 }],
  ['events.db', { synchronous: 'off' as 'normal' }],
])('opening %j with %j is refused', async (path, options) => {
  await expect(openSqlite(path, options)).rejects.toMatchObject({ code: 'invalid-option' })
})
