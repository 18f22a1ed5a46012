import { once } from 'node:events'
import { closeStream } from '@eventfold/core'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openSqlite, schemaSql } from '../src/index.ts'
import { migrations } from '../src/migrations.ts'
import { startProgram } from './child.ts'
import { openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

/** A file as an earlier version made it, with an event. */
function createVersion(version: number): string {
  const path = temporaryFile()
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.exec(`
    CREATE TABLE eventfold_migrations (
  number INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL
) STRICT;
    ${migrations.slice(0, version).join('\n')}
    INSERT INTO eventfold_migrations SELECT value, 1700000000000 FROM json_each('[1, 2]') WHERE value <= ${version};
    INSERT INTO eventfold_events (stream, version, id, type, schema_version, recorded_at, data)
      VALUES ('account-1', 1, lower(hex(randomblob(18))), 'Opened', 1, 1700000000000, '{}')`)
  database.close()
  return path
}

test.each([1, 2])('a file of version %i is brought up to date, and keeps its events', async (version) => {
  const path = createVersion(version)
  const store = await openTestStore({}, path)
  expect(await store.readStream('account-1')).toMatchObject([{ type: 'Opened', version: 1 }])
  expect(await store.append('account-1', [{ type: 'Closed', data: {} }], { expected: 1 })).toMatchObject({
    position: 2,
  })
  await store.adapter.documents?.write([{ collection: 'accounts', key: '1', data: '{}' }])
  expect(await store.adapter.documents?.count('accounts', [])).toBe(1)
  await closeStream(store, 'account-1')
  expect(await store.streamInfo('account-1')).toMatchObject({ closed: true, firstVersion: 1, version: 2 })
})

test.each([1, 2])(
  'a file of version %i is refused where it must not be changed, and can be changed by hand',
  async (version) => {
    const path = createVersion(version)
    await expect(openSqlite(path, { migrate: false })).rejects.toMatchObject({
      code: 'schema-outdated',
      message: expect.stringContaining(`has schema ${version} of 3`),
    })
    const database = new Database(path)
    database.exec(schemaSql(version))
    database.close()
    const store = await openTestStore({ migrate: false }, path)
    expect(await store.head()).toBe(1)
  },
)

test('processes that open a file of an earlier version at the same moment all find it up to date', async () => {
  const path = createVersion(1)
  const programs = ['a-1', 'a-2'].map((stream) => startProgram('opener.ts', [path, stream]))
  await Promise.all(programs.map((program) => once(program, 'message')))
  const ended = programs.map((program) => once(program, 'exit'))
  for (const program of programs) program.send('go')
  expect(await Promise.all(ended)).toEqual(programs.map(() => [0, null]))
  const store = await openTestStore({ migrate: false }, path)
  expect(await store.head()).toBe(3)
})
