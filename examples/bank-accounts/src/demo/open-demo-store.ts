import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { EventStore } from '@eventfold/core'
import { startLocalPostgres } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import type { StoreName } from './demo-arguments.ts'

export interface DemoStore {
  readonly store: EventStore
  /** A line that tells where the events are. */
  readonly whereabouts: string
  /** The `--database` to find them again; undefined where they end with the program. */
  readonly database: string | undefined
  close(): Promise<void>
}

export function openDemoStore(name: StoreName, database: string | undefined): Promise<DemoStore> {
  return { memory: openInMemory, sqlite: openFile, postgres: openServer }[name](database)
}

async function openInMemory(): Promise<DemoStore> {
  const store = openMemory()
  return {
    store,
    whereabouts: 'The events were in memory, and are gone now.',
    database: undefined,
    close: () => store.close(),
  }
}

async function openFile(database: string | undefined): Promise<DemoStore> {
  const file = resolve(database ?? join(await mkdtemp(join(tmpdir(), 'eventfold-')), 'bank.db'))
  const store = await openSqlite(file)
  return { store, whereabouts: `The events are in ${file}`, database: file, close: () => store.close() }
}

async function openServer(database: string | undefined): Promise<DemoStore> {
  const given = database ?? process.env['DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startLocalPostgres()
  const schema = 'bank_accounts'
  try {
    const store = await openPostgres({ connectionString: server.url, schema })
    const { host, pathname } = new URL(server.url)
    return {
      store,
      whereabouts: given
        ? `The events are in schema ${schema} of ${host}${pathname}`
        : 'The events were on a temporary PostgreSQL server, and are gone with it.',
      database: given,
      async close() {
        await store.close()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}
