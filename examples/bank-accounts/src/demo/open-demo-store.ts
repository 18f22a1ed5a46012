import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { EventStore, ReadModelOptions } from '@eventfold/core'
import { startLocalPostgres } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import Database from 'better-sqlite3'
import { Pool } from 'pg'
import { liveStatements } from '../live-statements.ts'
import { postgresStatements } from '../postgres-statements.ts'
import { sqliteStatements } from '../sqlite-statements.ts'
import type { Statements } from '../statement.ts'
import type { StoreName } from './demo-arguments.ts'

export interface DemoStore {
  readonly store: EventStore
  /** A line that tells where the events are. */
  readonly whereabouts: string
  /** The `--database` to find them again; undefined where they end with the program. */
  readonly database: string | undefined
  /** Where another process opens the same store, while this one has it open; undefined where none can. */
  readonly address: string | undefined
  openStatements(options: ReadModelOptions): Statements
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
    address: undefined,
    openStatements: () => liveStatements(store),
    close: () => store.close(),
  }
}

async function openFile(database: string | undefined): Promise<DemoStore> {
  const file = resolve(database ?? join(await mkdtemp(join(tmpdir(), 'eventfold-')), 'bank.db'))
  const store = await openSqlite(file)
  const reader = new Database(file, { readonly: true })
  return {
    store,
    whereabouts: `The events are in ${file}`,
    database: file,
    address: file,
    openStatements: (options) => sqliteStatements(store, reader, options),
    async close() {
      reader.close()
      await store.close()
    },
  }
}

async function openServer(database: string | undefined): Promise<DemoStore> {
  const given = database ?? process.env['DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startLocalPostgres()
  const schema = 'bank_accounts'
  // The tables of the statement go beside those of the events.
  const pool = new Pool({ connectionString: server.url, options: `-c search_path=${schema}` })
  // A server that stops closes what the pool is about to close.
  pool.on('error', () => {})
  try {
    const store = await openPostgres({ pool, schema })
    const { host, pathname } = new URL(server.url)
    return {
      store,
      whereabouts: given
        ? `The events are in schema ${schema} of ${host}${pathname}`
        : 'The events were on a temporary PostgreSQL server, and are gone with it.',
      database: given,
      address: server.url,
      openStatements: (options) => postgresStatements(store, pool, options),
      async close() {
        await store.close()
        await pool.end()
        await server.stop()
      },
    }
  } catch (error) {
    await pool.end()
    await server.stop()
    throw error
  }
}
