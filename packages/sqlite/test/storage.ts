import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventStoreStorage } from '@eventfold/testing/contract'
import { openSqlite, type SqliteOptions } from '../src/index.ts'

let blank: Promise<Buffer> | undefined

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

/** Makes an empty file that has its schema already: whoever needs hundreds is spared hundreds of migrations. */
export async function createFile(path: string): Promise<void> {
  blank ??= createBlank()
  await writeFile(path, await blank)
}

async function createBlank(): Promise<Buffer> {
  const folder = await newFolder()
  const file = join(folder, 'blank.db')
  const store = await openSqlite(file)
  await store.close()
  const content = await readFile(file)
  await rm(folder, { recursive: true })
  return content
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'eventfold-sqlite-'))
}
