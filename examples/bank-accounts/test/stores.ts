import { join } from 'node:path'
import type { EventStore } from '@eventfold/core'
import { createDatabase } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { inject, onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

/** Every store, each with a function that opens a new one for the running test. */
export const stores = [
  ['memory', async () => closeAfterTest(openMemory())],
  ['SQLite', async () => closeAfterTest(await openSqlite(join(await temporaryFolder(), 'bank.db')))],
  [
    'Postgres',
    async () => {
      const { url, drop } = await createDatabase(inject('postgresUrl'))
      onTestFinished(drop)
      return closeAfterTest(await openPostgres({ connectionString: url }))
    },
  ],
] as const

function closeAfterTest(store: EventStore) {
  onTestFinished(() => store.close())
  return store
}
