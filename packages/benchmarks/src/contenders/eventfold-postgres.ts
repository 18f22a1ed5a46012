import { openPostgres } from '@eventfold/postgres'
import type { Contender } from '../contender.ts'
import { EventfoldStore } from './eventfold-store.ts'
import { readServerSettings } from './postgres-settings.ts'

export const eventfoldPostgres: Contender = {
  name: 'Eventfold',
  open: async ({ connectionString }) =>
    new EventfoldStore(await openPostgres({ connectionString }), (store) =>
      store.transaction((client) => readServerSettings((sql) => client.query(sql))),
    ),
}
