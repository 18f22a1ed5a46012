import { expect, test } from 'vitest'
import { type PostgresStore, schemaSql } from '../src/index.ts'
import { currentVersion } from '../src/migrations/index.ts'
import { dumpSchema } from './dump-schema.ts'
import { happened, partsOf, testDatabase } from './test-database.ts'

const database = await testDatabase()

/** The SQL of the schema as it was at version 1. */
function firstVersion(schema: string): string {
  const [first] = schemaSql({ schema }).split(`-- eventfold_${schema} 2: `)
  return `${first} UPDATE "${schema}".meta SET version = 1; COMMIT;`
}

/** Without the name of the schema, and the lock that is made of that. */
async function dumpOf(schema: string): Promise<string> {
  const dump = await dumpSchema(database.pool, schema)
  return dump.replaceAll(schema, 'eventfold').replaceAll(/\b\d{6,}\b/g, '#')
}

test('a schema of the first version is brought up to date once by several that start at once', async () => {
  await database.pool.query(firstVersion('upgraded'))
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
  await database.pool.query(firstVersion('kept'))
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

test('a schema of the first version can be brought up to date by hand', async () => {
  await database.pool.query(firstVersion('hand_upgraded'))
  const opening = database.open({ schema: 'hand_upgraded', migrate: false })
  await expect(opening).rejects.toMatchObject({
    code: 'schema-outdated',
    message: expect.stringContaining(`schemaSql({ schema: 'hand_upgraded', from: 1 })`),
  })
  await database.pool.query(schemaSql({ schema: 'hand_upgraded', from: 1 }))
  await database.open({ schema: 'hand_upgraded', migrate: false })
  await database.open({ schema: 'whole_schema' })
  expect(await dumpOf('hand_upgraded')).toBe(await dumpOf('whole_schema'))
})

test('a schema that is up to date is left as it is', async () => {
  await database.pool.query(schemaSql({ schema: 'current' }))
  const [before] = (await database.pool.query(`SELECT xmin FROM current.meta`)).rows
  await Promise.all([database.open({ schema: 'current' }), database.open({ schema: 'current' })])
  expect((await database.pool.query(`SELECT xmin FROM current.meta`)).rows[0]).toEqual(before)
})
