import { join } from 'node:path'
import { openSqlite } from '@eventfold/sqlite'
import type { Contender } from '../contender.ts'
import { EventfoldStore } from './eventfold-store.ts'
import { readPragmas } from './sqlite-pragmas.ts'

export const eventfoldSqlite: Contender = {
  name: 'Eventfold',
  open: async ({ directory }) =>
    new EventfoldStore(await openSqlite(join(directory, 'events.db')), (store) =>
      store.transaction(async (database) => readPragmas(database)),
    ),
}
