import { setTimeout as sleep } from 'node:timers/promises'
import { defineConfig, type EventfoldConfig } from '@eventfold/cli'
import { defineAggregate, defineTableProjection, typeOf } from '@eventfold/core'
import type Database from 'better-sqlite3'

const Account = defineAggregate('account', {
  initialState: {},
  events: { AccountOpened: typeOf<{ owner: string }>() },
  evolve: { AccountOpened: (state) => state },
})

/** A table that takes its time where it is told to, and tells when it has begun. */
const Owners = defineTableProjection('owners', {
  of: [Account],
  database: typeOf<Database.Database>(),
  tables: ['owners'],
  setUp: (database, table) => database.exec(`CREATE TABLE ${table.owners} (name TEXT) STRICT`),
  on: {
    AccountOpened: async (database, { data }, table) => {
      if (process.env['SLOW'] !== undefined) {
        process.stderr.write('working\n')
        await sleep(500)
      }
      database.prepare(`INSERT INTO ${table.owners} VALUES (?)`).run(data.owner)
    },
  },
})

const config: EventfoldConfig = defineConfig({ projections: [Owners] })
export default config
