import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, type LocalPostgres, startLocalPostgres } from '@eventfold/local-postgres'
import type { Place, StoreName } from './contender.ts'

/** A place that can be given back. */
export interface OwnPlace extends Place {
  remove(): Promise<void>
}

/** Gives each contender a fresh database: files and server share the disk of the temporary directory. */
export class Places {
  #server: Promise<LocalPostgres> | undefined

  async create(store: StoreName): Promise<OwnPlace> {
    if (store === 'postgres') return this.#createDatabase()
    if (store === 'memory') return { directory: '', connectionString: '', remove: async () => {} }
    const directory = await mkdtemp(join(tmpdir(), 'eventfold-bench-'))
    return { directory, connectionString: '', remove: () => rm(directory, { recursive: true, force: true }) }
  }

  async close(): Promise<void> {
    const server = await this.#server
    await server?.stop()
  }

  async #createDatabase(): Promise<OwnPlace> {
    this.#server ??= startLocalPostgres()
    const server = await this.#server
    const database = await createDatabase(server.url)
    return { directory: '', connectionString: database.url, remove: () => database.drop() }
  }
}
