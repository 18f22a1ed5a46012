import { join } from 'node:path'
import { openSqlite, type SqliteStore } from '@eventfold/sqlite'
import type { Contender, Place, Settings } from '../contender.ts'
import { EventfoldStore } from './eventfold-store.ts'
import { readPragmas } from './sqlite-pragmas.ts'
import { SubscribedStore } from './subscribed-store.ts'

function openIn({ directory }: Place): Promise<SqliteStore> {
  return openSqlite(join(directory, 'events.db'))
}

function readSettings(store: Pick<SqliteStore, 'transaction'>): Promise<Settings> {
  return store.transaction(async (database) => readPragmas(database))
}

export const eventfoldSqlite: Contender = {
  name: 'Eventfold',
  open: async (place) => new EventfoldStore(await openIn(place), readSettings),
}

export const subscribedSqlite: Contender = {
  name: 'Eventfold, subscription',
  open: async (place) => new SubscribedStore(await openIn(place), readSettings),
}
