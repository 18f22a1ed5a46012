import { once } from 'node:events'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openSqlite, schemaSql } from '../src/index.ts'
import { migrations } from '../src/migrations.ts'
import { startProgram } from './child.ts'
import { openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

/** A file as version 1 made it, with an event. */
function createFirstVersion(): string {
  const path = temporaryFile()
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.exec(`
    CREATE TABLE eventfold_migrations (
  number INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL
) STRICT;
    ${migrations[0]}
    INSERT INTO eventfold_migrations VALUES (1, 1700000000000);
    INSERT INTO eventfold_events (stream, version, id, type, schema_version, recorded_at, data)
      VALUES ('account-1', 1, randomblob(16), 'Opened', 1, 1700000000000, '{}')`)
  database.close()
  return path
}

test('a file of an earlier version is brought up to date, and keeps its events', async () => {
  const path = createFirstVersion()
  const store = await openTestStore({}, path)
  expect(await store.readStream('account-1')).toMatchObject([{ type: 'Opened', version: 1 }])
  expect(await store.append('account-1', [{ type: 'Closed', data: {} }], { expected: 1 })).toMatchObject({
    position: 2,
  })
  await store.adapter.documents?.write([{ collection: 'accounts', key: '1', data: '{}' }])
  expect(await store.adapter.documents?.count('accounts', [])).toBe(1)
})

test('a file of an earlier version is refused where it must not be changed, and can be changed by hand', async () => {
  const path = createFirstVersion()
  await expect(openSqlite(path, { migrate: false })).rejects.toMatchObject({
    code: 'schema-outdated',
    message: expect.stringContaining('has schema 1 of 2'),
  })
  const database = new Database(path)
  database.exec(schemaSql(1))
  database.close()
  const store = await openTestStore({ migrate: false }, path)
  expect(await store.head()).toBe(1)
})

test('processes that open a file of an earlier version at the same moment all find it up to date', async () => {
  const path = createFirstVersion()
  const programs = ['a-1', 'a-2'].map((stream) => startProgram('opener.ts', [path, stream]))
  await Promise.all(programs.map((program) => once(program, 'message')))
  const ended = programs.map((program) => once(program, 'exit'))
  for (const program of programs) program.send('go')
  expect(await Promise.all(ended)).toEqual(programs.map(() => [0, null]))
  const store = await openTestStore({ migrate: false }, path)
  expect(await store.head()).toBe(3)
})
