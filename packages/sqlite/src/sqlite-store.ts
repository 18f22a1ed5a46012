import { EventStore } from '@eventfold/core'
import type Database from 'better-sqlite3'
import { schemaSql } from './schema-sql.ts'

/**
 * An event store in a file of SQLite. Its transactions are handles of better-sqlite3 that have begun one; you may
 * write tables of your own on them.
 */
export class SqliteStore extends EventStore<Database.Database> {
  /** The SQL that makes the schema of the store; the same as {@link schemaSql}. */
  schema(from = 0): string {
    return schemaSql(from)
  }
}
