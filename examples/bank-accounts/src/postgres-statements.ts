import { type ReadModelOptions, readModel, typeOf } from '@eventfold/core'
import type { PostgresStore } from '@eventfold/postgres'
import type { ClientBase, Pool } from 'pg'
import type { StatementLine, Statements } from './statement.ts'
import { defineStatementTables, selectLines } from './statement-tables.ts'

const StatementTables = defineStatementTables(typeOf<ClientBase>(), (client, sql, values) =>
  client.query(sql, [...values]),
)

/** Statements in a table of the database of the store, read through a pool of your own. */
export function postgresStatements(store: PostgresStore, pool: Pool, options: ReadModelOptions): Statements {
  return {
    readModel: readModel(StatementTables, store, { mode: 'async', ...options }),
    async linesOf(account) {
      const { rows } = await pool.query<StatementLine>(selectLines, [account])
      // A bigint is a text to pg.
      return rows.map((row) => ({ ...row, amount: Number(row.amount), balance: Number(row.balance) }))
    },
  }
}
