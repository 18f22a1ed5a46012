import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidInputError, StoreSetupError } from '@eventfold/core'
import Database from 'better-sqlite3'

/** Earlier ones can lose a committed transaction when a checkpoint meets a writer (WAL-reset bug). */
const oldestSqlite = '3.51.3'

/** To how many bytes the write-ahead log is cut back when it was emptied. */
export const walLimit = 67_108_864

export interface ConnectionOptions {
  readonly path: string
  readonly synchronous: 'full' | 'normal'
}

/**
 * A connection that may write. It never waits for a lock: see `untilFree`. Not even to be opened, which raises
 * SQLITE_BUSY while somebody else makes the file.
 *
 * A checkpoint after 10,000 pages instead of 1,000 gains half the throughput of a large store, and keeps the WAL at
 * 40 MB, below the limit.
 */
export function openWriter({ path, synchronous }: ConnectionOptions): Database.Database {
  const database = new Database(path, { timeout: 0 })
  try {
    database.pragma(`synchronous = ${synchronous}`)
    database.pragma('foreign_keys = ON')
    database.pragma('recursive_triggers = ON')
    database.pragma(`journal_size_limit = ${walLimit}`)
    database.pragma('wal_autocheckpoint = 10000')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export function openReader(path: string): Database.Database {
  return new Database(path, { readonly: true, timeout: 0 })
}

/** The file of a handle, as SQLite names it. */
export function fileOf(database: Database.Database): string | undefined {
  const databases = database.pragma('database_list') as readonly {
    readonly name: string
    readonly file: string
  }[]
  return databases.find(({ name }) => name === 'main')?.file
}

/**
 * The absolute path, so that a later change of directory changes nothing.
 *
 * @throws InvalidInputError `invalid-option`
 */
export function checkPath(path: string): string {
  if (typeof path !== 'string') {
    throw new InvalidInputError('invalid-option', `The path is ${typeof path}; it must be that of a file.`)
  }
  if (path.includes('\0')) {
    throw new InvalidInputError(
      'invalid-option',
      `The path ${JSON.stringify(path)} has the character U+0000, where SQLite would cut it off.`,
    )
  }
  if (path.trim() === '' || path === ':memory:' || path.startsWith('file:')) {
    throw new InvalidInputError(
      'invalid-option',
      `The path ${JSON.stringify(path)} is not that of a file. For a store in memory use openMemory of @eventfold/memory.`,
    )
  }
  const absolute = resolve(path)
  if (!existsSync(dirname(absolute))) {
    throw new InvalidInputError(
      'invalid-option',
      `The folder ${dirname(absolute)} does not exist. Create it first.`,
    )
  }
  return absolute
}

/** @throws StoreSetupError `unsupported-database` */
export function checkSqliteVersion(version: string): void {
  const isOlder = version.localeCompare(oldestSqlite, 'en', { numeric: true }) < 0
  if (!isOlder) return
  throw new StoreSetupError(
    'unsupported-database',
    `SQLite ${version} can lose data in WAL mode. Update better-sqlite3, to have SQLite ${oldestSqlite} or later.`,
  )
}
