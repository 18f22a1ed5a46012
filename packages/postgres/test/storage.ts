import { createDatabase } from '@eventfold/local-postgres'
import type { EventStoreStorage } from '@eventfold/testing/contract'
import { Pool } from 'pg'
import { afterAll, inject } from 'vitest'
import { openPostgres, type PostgresOptions } from '../src/index.ts'

/**
 * Lends empty schemas for events, all in one database that goes after the tests. Schemas and connections serve one
 * test after another: to make them costs more than most tests do.
 */
export async function storages(options: PostgresOptions = {}): Promise<() => EventStoreStorage> {
  const database = await createDatabase(inject('postgresUrl'))
  const pool = new Pool({ connectionString: database.url, max: 40, idleTimeoutMillis: 0 })
  // A pool ends before its connections have, so that some may meet the end of the database.
  pool.on('error', () => {})
  const free: string[] = []
  let count = 0
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  return () => {
    const schema = free.pop() ?? `contract_${++count}`
    return {
      open: (storeOptions) => openPostgres({ ...storeOptions, ...options, pool, schema }),
      remove: async () => {
        await pool.query(emptied(schema))
        free.push(schema)
      },
    }
  }
}

/** Everything that the library keeps, which it would not let go of itself. */
const emptied = (schema: string) => `
  ALTER TABLE "${schema}".events DISABLE TRIGGER immutable;
  ALTER TABLE "${schema}".tags DISABLE TRIGGER immutable;
  DELETE FROM "${schema}".tags;
  DELETE FROM "${schema}".events;
  DELETE FROM "${schema}".streams;
  DELETE FROM "${schema}".stream_marks;
  DELETE FROM "${schema}".document_fields;
  DELETE FROM "${schema}".documents;
  SELECT setval('"${schema}".events_position_seq', 1, false);
  ALTER TABLE "${schema}".events ENABLE ALWAYS TRIGGER immutable;
  ALTER TABLE "${schema}".tags ENABLE ALWAYS TRIGGER immutable;
`
