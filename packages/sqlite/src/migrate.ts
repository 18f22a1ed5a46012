import { StoreSetupError } from '@eventfold/core'
import type Database from 'better-sqlite3'
import { latestSchemaObjects, schemaObjects } from './schema-objects.ts'
import { latestSchema, migrationSql } from './schema-sql.ts'

/**
 * Brings the schema of a database up to date, or only checks it. Another process may do the same at once: whoever
 * comes second finds the work done. Raises SQLITE_BUSY, with nothing done, while somebody else writes.
 *
 * @throws StoreSetupError
 */
export function migrate(database: Database.Database, mayMigrate: boolean): void {
  if (schemaVersion(database) < latestSchema) {
    if (!mayMigrate) throw missingOrOutdated(schemaVersion(database))
    database.pragma('journal_mode = WAL')
    database.transaction(() => database.exec(migrationSql(schemaVersion(database)))).immediate()
  }
  const mode = database.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal') {
    throw new StoreSetupError(
      'unsupported-database',
      `The file stays in journal mode ${String(mode)}, but the store needs WAL. Put it on a local disk.`,
    )
  }
  checkObjects(database)
}

/** 0 for an empty file. */
function schemaVersion(database: Database.Database): number {
  const tables = database.prepare<[], string>(`SELECT name FROM sqlite_schema`).pluck().all()
  if (tables.length === 0) return 0
  if (!tables.includes('eventfold_migrations')) {
    throw new StoreSetupError(
      'schema-damaged',
      'The database has tables of somebody else and no event store. Open another file; your own tables may join it ' +
        'later. To put a store into this one on purpose, run the SQL of schemaSql() in it.',
    )
  }
  const version = database
    .prepare<[], number | null>('SELECT max(number) FROM eventfold_migrations')
    .pluck()
    .get()
  if (typeof version !== 'number') {
    throw new StoreSetupError(
      'schema-damaged',
      'The table eventfold_migrations is empty, so nobody knows which schema this is. Restore a backup.',
    )
  }
  if (version > latestSchema) {
    throw new StoreSetupError(
      'schema-too-new',
      `The database has schema ${version}, and this version of @eventfold/sqlite knows ${latestSchema}. Update the package.`,
    )
  }
  return version
}

function missingOrOutdated(version: number): StoreSetupError {
  const remedy = 'Open it once with migrate: true, or run the SQL of schemaSql().'
  return version === 0
    ? new StoreSetupError('schema-missing', `The database has no event store yet. ${remedy}`)
    : new StoreSetupError(
        'schema-outdated',
        `The database has schema ${version} of ${latestSchema}. ${remedy}`,
      )
}

function checkObjects(database: Database.Database): void {
  const found = schemaObjects(database)
  for (const [name, sql] of latestSchemaObjects()) {
    if (found.get(name) === sql) continue
    const problem = found.has(name) ? 'is not as the store made it' : 'is missing'
    throw new StoreSetupError(
      'schema-damaged',
      `${name} ${problem}, and the guarantees of the store rest on it. Restore a backup, or make it again with: ${sql}`,
    )
  }
}
