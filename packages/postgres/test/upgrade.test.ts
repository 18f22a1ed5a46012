import { closeStream, truncateStream } from '@eventfold/core'
import { expect, test } from 'vitest'
import { type PostgresStore, schemaSql } from '../src/index.ts'
import { currentVersion } from '../src/migrations/index.ts'
import { dumpSchema } from './dump-schema.ts'
import { happened, partsOf, testDatabase } from './test-database.ts'

const database = await testDatabase()

/** The SQL of the schema as it was at an earlier version. */
function versionSql(schema: string, version: number): string {
  const [sql] = schemaSql({ schema }).split(`-- eventfold_${schema} ${version + 1}: `)
  return `${sql} UPDATE "${schema}".meta SET version = ${version}; COMMIT;`
}

/** Without the name of the schema, and the lock that is made of that. */
async function dumpOf(schema: string): Promise<string> {
  const dump = await dumpSchema(database.pool, schema)
  return dump.replaceAll(schema, 'eventfold').replaceAll(/\b\d{6,}\b/g, '#')
}

test('a schema of the first version is brought up to date once by several that start at once', async () => {
  await database.pool.query(versionSql('upgraded', 1))
  expect(await database.value(`SELECT to_regclass('upgraded.documents')`)).toBeNull()
  const stores = await Promise.all([1, 2, 3].map(() => database.open({ schema: 'upgraded' })))
  expect(await database.value('SELECT version FROM upgraded.meta')).toBe(currentVersion)
  const writes = stores.map((store, index) =>
    partsOf(store).documents.write([{ collection: 'c', key: `${index}`, data: 'd' }]),
  )
  await Promise.all(writes)
  expect(await partsOf(stores[0] as PostgresStore).documents.count('c', [])).toBe(3)
  await database.open({ schema: 'fresh_schema' })
  expect(await dumpOf('upgraded')).toBe(await dumpOf('fresh_schema'))
})

test('the events of the first version stay, and appends go on during the upgrade', async () => {
  await database.pool.query(versionSql('kept', 1))
  const insert = `INSERT INTO kept.events (stream, version, id, type, schema_version, data)
    VALUES ('a-1', $1, gen_random_uuid(), 'Happened', 1, '{}')`
  await database.pool.query(`INSERT INTO kept.streams VALUES ('a-1', 2)`)
  await database.pool.query(insert, [1])
  const writer = await database.connect()
  await writer.query('BEGIN')
  await writer.query(insert, [2])
  const store = await database.open({ schema: 'kept' })
  await writer.query('COMMIT')
  expect(await store.append('a-1', [happened()])).toMatchObject({ version: 3 })
  expect(await store.readStream('a-1')).toHaveLength(3)
  await expect(database.pool.query('DELETE FROM kept.events')).rejects.toMatchObject({ code: '23001' })
})

test.each([1, 2])('a schema of version %i can be brought up to date by hand', async (version) => {
  const schema = `hand_upgraded_${version}`
  await database.pool.query(versionSql(schema, version))
  const opening = database.open({ schema, migrate: false })
  await expect(opening).rejects.toMatchObject({
    code: 'schema-outdated',
    message: expect.stringContaining(`schemaSql({ schema: '${schema}', from: ${version} })`),
  })
  await database.pool.query(schemaSql({ schema, from: version }))
  await database.open({ schema, migrate: false })
  await database.open({ schema: 'whole_schema' })
  expect(await dumpOf(schema)).toBe(await dumpOf('whole_schema'))
})

test('a schema that is up to date is left as it is', async () => {
  await database.pool.query(schemaSql({ schema: 'current' }))
  const [before] = (await database.pool.query(`SELECT xmin FROM current.meta`)).rows
  await Promise.all([database.open({ schema: 'current' }), database.open({ schema: 'current' })])
  expect((await database.pool.query(`SELECT xmin FROM current.meta`)).rows[0]).toEqual(before)
})

test('streams of the version before are open, and can be closed, while its statements go on', async () => {
  await database.pool.query(versionSql('second', 2))
  await database.pool.query(`INSERT INTO second.streams VALUES ('a-1', 1);
    INSERT INTO second.events (stream, version, id, type, schema_version, data)
    VALUES ('a-1', 1, gen_random_uuid(), 'Happened', 1, '{}')`)
  const writer = await database.connect()
  await writer.query('BEGIN')
  await writer.query(`UPDATE second.streams SET version = 2 WHERE stream = 'a-1'`)
  await writer.query(`INSERT INTO second.events (stream, version, id, type, schema_version, data)
    VALUES ('a-1', 2, gen_random_uuid(), 'Happened', 1, '{}')`)
  const opening = database.open({ schema: 'second' })
  await writer.query('COMMIT')
  const store = await opening
  expect(await store.streamInfo('a-1')).toMatchObject({ version: 2, firstVersion: 1, closed: false })
  expect(await truncateStream(store, 'a-1', { before: 2 })).toMatchObject({ removed: 1 })
  await closeStream(store, 'a-1')
  await expect(store.append('a-1', [happened()])).rejects.toMatchObject({ code: 'stream-closed' })
})
