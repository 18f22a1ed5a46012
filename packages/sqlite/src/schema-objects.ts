import Database from 'better-sqlite3'
import { migrationSql } from './schema-sql.ts'

/** The objects of the library in a database, by name, as the SQL that creates them. */
export function schemaObjects(database: Database.Database): ReadonlyMap<string, string> {
  const rows = database
    .prepare<[], [string, string]>(
      `SELECT name, sql FROM sqlite_schema WHERE name GLOB 'eventfold_*' AND sql IS NOT NULL ORDER BY rowid`,
    )
    .raw()
    .all()
  return new Map(rows)
}

/** What {@link schemaObjects} has to find. */
export function latestSchemaObjects(): ReadonlyMap<string, string> {
  const database = new Database(':memory:')
  try {
    database.exec(migrationSql(0))
    return schemaObjects(database)
  } finally {
    database.close()
  }
}
