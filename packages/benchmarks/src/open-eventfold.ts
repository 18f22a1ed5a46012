import { join } from 'node:path'
import type { EventStore } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import type { Place, StoreName } from './contender.ts'

/** A store of Eventfold with its default options, for what is the same on all of them. */
export async function openEventfold(store: StoreName, place: Place): Promise<EventStore> {
  switch (store) {
    case 'memory':
      return openMemory()
    case 'sqlite':
      return openSqlite(join(place.directory, 'events.db'))
    case 'postgres':
      return openPostgres({ connectionString: place.connectionString })
  }
}
