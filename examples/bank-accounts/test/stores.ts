import { join } from 'node:path'
import type { EventStore } from '@eventfold/core'
import { createDatabase } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { inject, onTestFinished } from 'vitest'
import type { AtEnd } from './shared.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Every store, each with a function that opens a new one: for the running test, or for as long as you say. */
export const stores = [
  ['memory', async (atEnd: AtEnd = onTestFinished) => closedAtEnd(openMemory(), atEnd)],
  [
    'SQLite',
    async (atEnd: AtEnd = onTestFinished) =>
      closedAtEnd(await openSqlite(join(await temporaryFolder(atEnd), 'bank.db')), atEnd),
  ],
  [
    'Postgres',
    async (atEnd: AtEnd = onTestFinished) => {
      const { url, drop } = await createDatabase(inject('postgresUrl'))
      atEnd(drop)
      return closedAtEnd(await openPostgres({ connectionString: url }), atEnd)
    },
  ],
] as const

function closedAtEnd(store: EventStore, atEnd: AtEnd) {
  atEnd(() => store.close())
  return store
}
