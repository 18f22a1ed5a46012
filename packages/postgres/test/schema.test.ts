import { createHash } from 'node:crypto'
import { createDatabase } from '@eventfold/local-postgres'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { openPostgres, schemaSql } from '../src/index.ts'
import { migrations } from '../src/migrations/index.ts'
import { dumpSchema } from './dump-schema.ts'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

describe('the schema', () => {
  test('is the committed one', async () => {
    await database.open()
    await expect(await dumpSchema(database.pool, 'eventfold')).toMatchFileSnapshot('./schema.dump.sql')
  })

  test('is made by released migrations, which never change', () => {
    const digests = migrations.map(({ number, sql }) => {
      const text = sql('eventfold', 'announced') + sql('eventfold', 'exclusive')
      return `${number} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    })
    expect(digests).toMatchInlineSnapshot(`
      [
        "1 00c587ec890d0aba",
        "2 3af1336edac7cfa0",
        "3 20c67af2f76535aa",
      ]
    `)
  })

  test('can be made by hand from the SQL that the store prints', async () => {
    await database.pool.query(schemaSql({ schema: 'by_hand' }))
    const store = await database.open({ schema: 'by_hand', migrate: false })
    expect(store.schema()).toBe(schemaSql({ schema: 'by_hand' }))
    const dump = await dumpSchema(database.pool, 'by_hand')
    expect(dump.replaceAll('by_hand', 'eventfold').replaceAll(/\b\d{6,}\b/g, '#')).toBe(
      (await dumpSchema(database.pool, 'eventfold')).replaceAll(/\b\d{6,}\b/g, '#'),
    )
  })

  test('is made once when several processes start at once', async () => {
    const stores = await Promise.all([1, 2, 3, 4].map(() => database.open({ schema: 'race' })))
    await Promise.all(stores.map((store, index) => store.append(`race-${index}`, [happened()])))
    expect(await database.value('SELECT version FROM race.meta')).toBe(migrations.length)
  })

  test('is untouched by a migration that dies in the middle', async () => {
    const client = await database.connect()
    const script = schemaSql({ schema: 'torn' })
    await client.query(script.slice(0, script.indexOf('CREATE TRIGGER')))
    await database.pool.query('SELECT pg_terminate_backend($1)', [
      (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid,
    ])
    const store = await database.open({ schema: 'torn' })
    expect(await store.append('torn-1', [happened()])).toMatchObject({ version: 1 })
  })

  test.each(['a"b', "a'b", 'a;b', 'A', '', '1a', 'pg_a', 'a b', 'a-b', 'ä', 'a'.repeat(41), 'public.x'])(
    'cannot be named %j',
    async (schema) => {
      const open = openPostgres({ connectionString: database.url, schema })
      await expect(open).rejects.toMatchObject({ code: 'invalid-schema-name' })
    },
  )

  test.each(['order', 'a'.repeat(40), '_1'])('can be named %j', async (schema) => {
    const store = await database.open({ schema })
    await store.append('account-1', [happened()])
    expect(await store.head()).toBe(1)
  })
})

describe('opening refuses', () => {
  test('a missing schema, where it may not make one', async () => {
    await expect(database.open({ schema: 'nowhere', migrate: false })).rejects.toMatchObject({
      code: 'schema-missing',
    })
  })

  test('a schema of a newer release', async () => {
    await database.pool.query(`${schemaSql({ schema: 'newer' })} UPDATE newer.meta SET version = 99`)
    await expect(database.open({ schema: 'newer' })).rejects.toMatchObject({ code: 'schema-too-new' })
  })

  test('an older schema or another ordering, where it may not change it', async () => {
    await database.pool.query(`${schemaSql({ schema: 'older' })} UPDATE older.meta SET version = 0`)
    const older = database.open({ schema: 'older', migrate: false })
    await expect(older).rejects.toMatchObject({ code: 'schema-missing' })
    await database.pool.query(schemaSql({ schema: 'other' }))
    const other = database.open({ schema: 'other', migrate: false, ordering: 'exclusive' })
    await expect(other).rejects.toMatchObject({ code: 'schema-outdated' })
  })

  test.each([
    ['a cache of positions', 'ALTER SEQUENCE @.events_position_seq CACHE 20', /CACHE 1/],
    ['a step of two', 'ALTER SEQUENCE @.events_position_seq INCREMENT 2', /INCREMENT 1/],
    ['a sequence behind the events', `SELECT setval('@.events_position_seq', 1)`, /setval/],
    ['no immutability', 'ALTER TABLE @.events DISABLE TRIGGER immutable', /immutable/],
    ['no unique ids', 'ALTER TABLE @.events DROP CONSTRAINT events_id_key', /UNIQUE \(id\)/],
    [
      'no unique versions',
      'ALTER TABLE @.events DROP CONSTRAINT events_stream_version_key',
      /stream, version/,
    ],
    ['positions of nobody', 'ALTER TABLE @.events ALTER position DROP DEFAULT', /next_position/],
    [
      'positions that nobody announces',
      `ALTER TABLE @.events ALTER position SET DEFAULT nextval('@.events_position_seq')`,
      /next_position/,
    ],
    ['a sequence of nobody', 'ALTER SEQUENCE @.events_position_seq OWNED BY NONE', /OWNED BY/],
  ])('%s', async (damage, sql, remedy) => {
    const schema = `damaged_${damage.replaceAll(/\W/g, '_').slice(0, 30)}`
    const store = await database.open({ schema })
    await store.append('account-1', [happened(), happened()])
    await database.pool.query(sql.replaceAll('@', schema))
    const opening = database.open({ schema })
    await expect(opening).rejects.toMatchObject({
      code: 'schema-damaged',
      message: expect.stringMatching(remedy),
    })
  })

  test('a database that is not UTF-8', async () => {
    const name = `eventfold_latin_${process.pid}`
    await database.pool.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'`)
    const url = new URL(database.url)
    url.pathname = `/${name}`
    await expect(openPostgres({ connectionString: url.href })).rejects.toMatchObject({
      code: 'unsupported-database',
    })
    await database.pool.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })

  test('options that cannot be', async () => {
    for (const options of [
      {},
      { connectionString: '' },
      { connectionString: database.url, pool: database.pool },
    ]) {
      await expect(openPostgres(options)).rejects.toMatchObject({ code: 'invalid-option' })
    }
    const open = database.open({ lockTimeout: -1 })
    await expect(open).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

test('the ordering of a schema can be switched while writers are at work', async () => {
  const store = await database.open({ schema: 'switched' })
  let isDone = false
  const writing = (async () => {
    for (let n = 0; !isDone; n++) await store.append(`s-${n % 3}`, [happened(n)])
  })()
  for (const ordering of ['exclusive', 'announced', 'exclusive'] as const) {
    await database.open({ schema: 'switched', ordering })
    expect(await database.value('SELECT ordering FROM switched.meta')).toBe(ordering)
    await database.open({ schema: 'switched' })
    expect(await database.value('SELECT ordering FROM switched.meta')).toBe(ordering)
  }
  isDone = true
  await writing
})

test('a store in a database of its own does not meet those of others', async () => {
  const other = await createDatabase(inject('postgresUrl'))
  const pool = new pg.Pool({ connectionString: other.url })
  const store = await openPostgres({ pool })
  expect(await store.head()).toBe(0)
  await store.close()
  await pool.end()
  await other.drop()
})
