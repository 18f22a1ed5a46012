import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type EventStore, importLog } from '@eventfold/core'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'

// Imports a file in small batches, and tells how far it is, until it is killed.

const [kind, place = '', file = ''] = process.argv.slice(2)
const store: unknown =
  kind === 'sqlite'
    ? await openSqlite(place)
    : await openPostgres({ connectionString: place, schema: 'killed' })
await importLog(store as EventStore, createInterface({ input: createReadStream(file) }), {
  batchSize: 20,
  onProgress: ({ position }) => process.send?.(position),
})
