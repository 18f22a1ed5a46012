import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DoctorOptions, doctor } from '@eventfold/core'
import { startLocalPostgres } from '@eventfold/local-postgres'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { openPostgres, type PostgresStore } from '../src/index.ts'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

/** All that is worth more than a note. Other tests use the same server, so how full it is is left out. */
async function trouble(store: PostgresStore, options?: DoctorOptions) {
  const findings = await doctor(store, options)
  return findings.filter(({ code, severity }) => severity !== 'info' && code !== 'postgres-connections')
}

describe('the doctor', () => {
  test('has nothing to complain of in a new schema, and tells its size', async () => {
    const store = await database.open({ schema: 'healthy' })
    await store.append('thing-1', [happened()])
    expect(await trouble(store, { patience: 0, thorough: true })).toEqual([])
    const size = (await doctor(store)).find(({ code }) => code === 'postgres-size')
    expect(size?.details).toMatchObject({ schema: 'healthy', tables: { events: expect.any(Number) } })
    expect(Number(size?.details['bytes'])).toBeGreaterThan(10_000)
  })

  test('finds what is missing, damaged or foreign in the schema', async () => {
    const store = await database.open({ schema: 'damaged' })
    await database.pool.query(`
      ALTER TABLE damaged.events DISABLE TRIGGER immutable;
      ALTER TABLE damaged.events DROP CONSTRAINT events_id_key;
      ALTER SEQUENCE damaged.events_position_seq CACHE 10;
      ALTER TABLE damaged.document_fields DROP CONSTRAINT document_fields_value_key;
      ALTER TABLE damaged.documents SET UNLOGGED;
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'damaged.tags_pkey'::regclass;
      CREATE INDEX my_types ON damaged.events (type);
      CREATE TRIGGER my_audit AFTER INSERT ON damaged.events EXECUTE FUNCTION damaged.refuse_change()`)
    const findings = await trouble(store)
    expect(findings.map(({ code, severity, message }) => `${severity} ${code}: ${message}`)).toEqual([
      expect.stringMatching(/^error postgres-schema-damaged: .* does not count one by one/),
      expect.stringMatching(/^error postgres-schema-damaged: .* trigger immutable of "damaged".events/),
      expect.stringMatching(/^error postgres-schema-damaged: .* no valid unique index on \(id\)/),
      'error postgres-index: The index document_fields_value_key of schema damaged is missing.',
      'error postgres-index: The index tags_pkey of schema damaged is not valid.',
      'error postgres-unlogged: The table documents of schema damaged is unlogged: a crash of the server empties it.',
      'warning postgres-foreign-object: The index my_types on events of schema damaged is not part of the store.',
      'warning postgres-foreign-object: The trigger my_audit on events of schema damaged is not part of the store.',
    ])
    for (const { advice } of findings) {
      const sql = /^Run: (.*?)\.?$/.exec(advice)?.[1]
      if (sql !== undefined) await database.pool.query(sql)
    }
    await database.pool.query(`ALTER TABLE damaged.events ENABLE ALWAYS TRIGGER immutable`)
    expect((await trouble(store)).map(({ code }) => code)).toEqual([
      'postgres-index',
      'postgres-foreign-object',
      'postgres-foreign-object',
    ])
  })

  test('names the session that holds up readers, and those that leave transactions open', async () => {
    const store = await database.open({ schema: 'blocked' })
    const [writer, idler] = [await database.connect(), await database.connect()]
    await writer.query(`SET application_name = 'forgetful'; BEGIN`)
    await store.append('thing-1', [happened()], { transaction: writer })
    await idler.query(`SET application_name = 'sleepy'; BEGIN; SELECT 1`)
    const pid = async (client: pg.Client) =>
      (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    const [writerPid, idlerPid] = [await pid(writer), await pid(idler)]

    expect(await trouble(store)).toEqual([])
    const early = await trouble(store, { patience: 0 })
    expect(early[0]).toMatchObject({ code: 'postgres-readers-blocked', severity: 'warning' })
    await store.append('thing-2', [happened(), happened()])
    const findings = await trouble(store, { patience: 0 })
    expect(findings).toMatchObject([
      {
        code: 'postgres-readers-blocked',
        severity: 'error',
        details: {
          pid: writerPid,
          applicationName: 'forgetful',
          state: 'idle in transaction',
          readableUpTo: 0,
          newest: 3,
        },
      },
      {
        code: 'postgres-idle-transaction',
        severity: 'warning',
        details: { pid: idlerPid, applicationName: 'sleepy', user: expect.any(String) },
      },
    ])
    await database.pool.query((findings[0]?.advice ?? '').split('run: ')[1] ?? '')
    await idler.query('COMMIT')
    await expect.poll(() => trouble(store, { patience: 0 })).toEqual([])
    expect(await store.head()).toBe(3)
  })

  test('finds settings of the database that weaken the store', async () => {
    await database.open({ schema: 'weak' })
    const name = await database.value('SELECT current_database()')
    await database.pool.query(`ALTER DATABASE "${name}" SET synchronous_commit = off`)
    await database.pool.query(`ALTER DATABASE "${name}" SET idle_session_timeout = '10min'`)
    const store = await database.open({ schema: 'weak' })
    expect(await trouble(store)).toMatchObject([
      { code: 'postgres-synchronous-commit', severity: 'warning', details: { value: 'off' } },
      { code: 'postgres-idle-session-timeout', details: { idleSessionTimeout: 600_000 } },
    ])
    await database.pool.query(`ALTER DATABASE "${name}" RESET ALL`)
    const quiet = await doctor(await database.open({ schema: 'weak' }))
    expect(quiet.map(({ code }) => code)).toContain('postgres-no-idle-timeout')
  })
})

test.skipIf(process.env['DATABASE_URL'])('finds a server that is unsafe, crowded, or a standby', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'eventfold-doctor-'))
  await rm(dataDirectory, { recursive: true })
  const server = await startLocalPostgres({ dataDirectory })
  const client = new pg.Client({ connectionString: server.url })
  try {
    await client.connect()
    for (const setting of [
      'fsync = off',
      'full_page_writes = off',
      'superuser_reserved_connections = 191',
      `synchronous_standby_names = 'other'`,
      'synchronous_commit = local',
      'max_wal_senders = 2',
    ]) {
      await client.query(`ALTER SYSTEM SET ${setting}`)
    }
    await client.query(`SELECT pg_create_physical_replication_slot('left_behind', true)`)
    await client.end()
    await server.crash()
    await server.restart()
    const store = await openPostgres({ connectionString: server.url })
    await store.append('thing-1', [happened()])
    const clients = Array.from({ length: 8 }, () => new pg.Client({ connectionString: server.url }))
    for (const each of clients) await each.on('error', () => {}).connect()
    expect((await doctor(store)).map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'error postgres-fsync',
      'error postgres-full-page-writes',
      'warning postgres-inactive-slot',
      'warning postgres-local-commit',
      'warning postgres-connections',
      'info log',
      'info postgres-size',
      'info postgres-no-idle-timeout',
      'info postgres-server',
    ])
    for (const each of clients) await each.end()
    await store.close()
    await server.crash()
    await writeFile(join(dataDirectory, 'standby.signal'), '')
    await server.restart()
    const standby = await openPostgres({ connectionString: server.url, listen: false })
    expect((await trouble(standby)).map(({ code }) => code)).toContain('postgres-standby')
    await standby.close()
  } finally {
    await server.stop()
    await rm(dataDirectory, { recursive: true, force: true })
  }
})
