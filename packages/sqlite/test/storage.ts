import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventStoreStorage } from '@eventfold/testing/contract'
import { openSqlite, type SqliteOptions } from '../src/index.ts'

let blank: Promise<string> | undefined

/** An empty file for events, in a folder of its own. */
export async function createStorage(options: SqliteOptions = {}): Promise<EventStoreStorage> {
  const folder = await newFolder()
  const file = join(folder, 'events.db')
  await createFile(file)
  return {
    open: (storeOptions) => openSqlite(file, { ...storeOptions, ...options }),
    remove: () => rm(folder, { recursive: true }),
  }
}

/** Copies an empty file that has its schema already: whoever needs hundreds is spared hundreds of migrations. */
export async function createFile(path: string): Promise<void> {
  blank ??= createBlank()
  await copyFile(await blank, path)
}

async function createBlank(): Promise<string> {
  const file = join(await newFolder(), 'blank.db')
  const store = await openSqlite(file)
  await store.close()
  return file
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'eventfold-sqlite-'))
}
