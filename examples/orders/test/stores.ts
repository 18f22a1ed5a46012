import { join } from 'node:path'
import { EventStore, type EventStoreOptions } from '@eventfold/core'
import { createDatabase } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { inject, onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

/** Opens the same storage each time; what was opened is closed when the test has finished. */
export type Open = (options?: EventStoreOptions) => Promise<EventStore>

/** New storage of each kind, to open once or several times. */
export const storages: readonly (readonly [name: string, create: () => Promise<Open>])[] = [
  [
    'memory',
    async () => {
      const { adapter } = openMemory()
      return async (options) => new EventStore(adapter, options)
    },
  ],
  [
    'SQLite',
    async () => {
      const file = join(await temporaryFolder(), 'orders.db')
      return async (options) => closedAtEnd(await openSqlite(file, options))
    },
  ],
  [
    'Postgres',
    async () => {
      const { url, drop } = await createDatabase(inject('postgresUrl'))
      onTestFinished(drop)
      return async (options) => closedAtEnd(await openPostgres({ connectionString: url, ...options }))
    },
  ],
]

function closedAtEnd(store: EventStore): EventStore {
  onTestFinished(() => store.close())
  return store
}
