import { type ReadModelOptions, readModel, typeOf } from '@eventfold/core'
import type { SqliteStore } from '@eventfold/sqlite'
import type { Database } from 'better-sqlite3'
import type { StatementLine, Statements } from './statement.ts'
import { defineStatementTables, selectLines } from './statement-tables.ts'

const StatementTables = defineStatementTables(typeOf<Database>(), (database, sql, values) =>
  database.prepare(sql).run(named(values)),
)

/** Statements in a table of the file of the store, read on a connection of your own. */
export function sqliteStatements(
  store: SqliteStore,
  reader: Database,
  options: ReadModelOptions,
): Statements {
  return {
    readModel: readModel(StatementTables, store, { mode: 'async', ...options }),
    linesOf: async (account) => reader.prepare<[object], StatementLine>(selectLines).all(named([account])),
  }
}

/** To SQLite, `$1` is the name of a parameter. */
function named(values: readonly unknown[]) {
  return Object.fromEntries(values.map((value, index) => [index + 1, value]))
}
