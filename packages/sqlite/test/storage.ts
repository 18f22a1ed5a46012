import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventStoreStorage } from '@eventfold/testing/contract'
import { openSqlite, type SqliteOptions } from '../src/index.ts'

/** An empty file for events, in a folder of its own. */
export async function createStorage(options: SqliteOptions = {}): Promise<EventStoreStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-sqlite-'))
  return {
    open: (storeOptions) => openSqlite(join(folder, 'events.db'), { ...storeOptions, ...options }),
    remove: () => rm(folder, { recursive: true }),
  }
}
