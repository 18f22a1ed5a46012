import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documentKeys, type EventStore, memoryKeys } from '@eventfold/core'
import { startLocalPostgres } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { shopStoreOptions } from '../shop-store.ts'
import type { StoreName } from './demo-arguments.ts'

export interface DemoStore {
  readonly store: EventStore
  /** A line that tells where the events are. */
  readonly whereabouts: string
  close(): Promise<void>
}

export function openDemoStore(name: StoreName): Promise<DemoStore> {
  return { memory: openInMemory, sqlite: openFile, postgres: openServer }[name]()
}

async function openInMemory(): Promise<DemoStore> {
  const store = openMemory(shopStoreOptions(memoryKeys()))
  return { store, whereabouts: 'The events were in memory, and are gone now.', close: () => store.close() }
}

async function openFile(): Promise<DemoStore> {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-'))
  const file = join(folder, 'orders.db')
  const keys = await openSqlite(join(folder, 'keys.db'))
  const store = await openSqlite(file, shopStoreOptions(documentKeys(keys)))
  return {
    store,
    whereabouts: `The events are in ${file}`,
    async close() {
      await store.close()
      await keys.close()
    },
  }
}

async function openServer(): Promise<DemoStore> {
  const given = process.env['DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startLocalPostgres()
  const schema = `orders_${Date.now()}`
  const keys = await openPostgres({ connectionString: server.url, schema: `${schema}_keys` })
  const options = shopStoreOptions(documentKeys(keys))
  const store = await openPostgres({ connectionString: server.url, schema, ...options })
  return {
    store,
    whereabouts: given
      ? `The events are in schema ${schema} of the database at DATABASE_URL`
      : 'The events were on a temporary PostgreSQL server, and are gone with it.',
    async close() {
      await store.close()
      await keys.close()
      await server.stop()
    },
  }
}
