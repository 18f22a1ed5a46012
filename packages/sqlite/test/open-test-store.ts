import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { openSqlite, type SqliteOptions, type SqliteStore } from '../src/index.ts'
import { temporaryFile } from './temporary-file.ts'

/** A store that is closed with the test. */
export async function openTestStore(
  options: SqliteOptions = {},
  path: string = temporaryFile(),
): Promise<SqliteStore & { path: string }> {
  const store = await openSqlite(path, options)
  onTestFinished(() => store.close())
  return Object.assign(store, { path })
}

/** A handle of the user on a file, closed with the test. */
export function openHandle(path: string): Database.Database {
  const database = new Database(path)
  onTestFinished(() => void database.close())
  return database
}
