import type Database from 'better-sqlite3'
import type { Settings } from '../contender.ts'

/** What a connection has in force. `synchronous` belongs to the connection, not to the file. */
export const pragmas = [
  'journal_mode',
  'synchronous',
  'wal_autocheckpoint',
  'page_size',
  'cache_size',
] as const

const synchronousLevels = ['OFF', 'NORMAL', 'FULL', 'EXTRA']

/** Reads the settings back from a connection of better-sqlite3. */
export function readPragmas(database: Pick<Database.Database, 'pragma' | 'prepare'>): Settings {
  const version = database.prepare('SELECT sqlite_version()').pluck().get()
  const values = pragmas.map((name) => [name, describePragma(name, database.pragma(name, { simple: true }))])
  return { sqlite: String(version), ...Object.fromEntries(values) }
}

export function describePragma(name: string, value: unknown): string {
  return name === 'synchronous' ? (synchronousLevels[Number(value)] ?? String(value)) : String(value)
}
