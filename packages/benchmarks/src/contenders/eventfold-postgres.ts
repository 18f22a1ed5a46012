import { openPostgres, type PostgresStore } from '@eventfold/postgres'
import type { Contender, Settings } from '../contender.ts'
import { EventfoldStore } from './eventfold-store.ts'
import { readServerSettings } from './postgres-settings.ts'
import { SubscribedStore } from './subscribed-store.ts'

function readSettings(store: Pick<PostgresStore, 'transaction'>): Promise<Settings> {
  return store.transaction((client) => readServerSettings((sql) => client.query(sql)))
}

export const eventfoldPostgres: Contender = {
  name: 'Eventfold',
  open: async ({ connectionString }) =>
    new EventfoldStore(await openPostgres({ connectionString }), readSettings),
}

export const subscribedPostgres: Contender = {
  name: 'Eventfold, subscription',
  open: async ({ connectionString }) =>
    new SubscribedStore(await openPostgres({ connectionString }), readSettings),
}
