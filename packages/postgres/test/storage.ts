import { createDatabase } from '@eventfold/local-postgres'
import type { EventStoreStorage } from '@eventfold/testing/contract'
import { afterAll, inject } from 'vitest'
import { openPostgres, type PostgresOptions } from '../src/index.ts'

/** Makes empty schemas for events, all in one database that goes after the tests. */
export async function storages(options: PostgresOptions = {}): Promise<() => EventStoreStorage> {
  const database = await createDatabase(inject('postgresUrl'))
  afterAll(() => database.drop())
  let count = 0
  return () => {
    const schema = `contract_${++count}`
    const connection = { connectionString: database.url, schema }
    return { open: (storeOptions) => openPostgres({ ...storeOptions, ...connection, ...options }) }
  }
}
