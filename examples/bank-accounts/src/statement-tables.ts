import { defineTableProjection, type EventOf, keyOf, type StandardSchema } from '@eventfold/core'
import { Account } from './account.ts'

type BookingEvent = Extract<EventOf<typeof Account>, { data: { reference: string } }>

/** Runs a statement with values for `$1`, `$2` and so on. */
type Run<Database> = (database: Database, sql: string, values: readonly unknown[]) => unknown

/**
 * A table with a row for each booking and the balance that it led to, in SQL that SQLite and Postgres both understand.
 * They differ in how it is run, and in nothing else.
 */
export function defineStatementTables<Database>(database: StandardSchema<Database>, run: Run<Database>) {
  return defineTableProjection('statement', {
    of: [Account],
    database,
    tables: ['statement_lines'],
    // A row depends on those of the same account only.
    partitionBy: 'stream',

    setUp: (database, table) =>
      run(
        database,
        `CREATE TABLE ${table.statement_lines} (
          account   text    NOT NULL,
          version   integer NOT NULL,
          booked_on text    NOT NULL,
          reference text    NOT NULL,
          amount    bigint  NOT NULL,
          balance   bigint  NOT NULL,
          PRIMARY KEY (account, version)
        )`,
        [],
      ),

    on: {
      MoneyDeposited: (database, event, table) =>
        addLine(database, table.statement_lines, event, event.data.amount),
      MoneyWithdrawn: (database, event, table) =>
        addLine(database, table.statement_lines, event, -event.data.amount),
    },
  })

  function addLine(
    database: Database,
    lines: string,
    { stream, version, data }: BookingEvent,
    amount: number,
  ) {
    return run(
      database,
      `INSERT INTO ${lines} (account, version, booked_on, reference, amount, balance)
      VALUES ($1, $2, $3, $4, $5, $5 + COALESCE(
        (SELECT balance FROM ${lines} WHERE account = $1 ORDER BY version DESC LIMIT 1), 0
      ))`,
      [keyOf(stream), version, data.bookedOn, data.reference, amount],
    )
  }
}

/** Reads the lines of the account `$1`, from the view that shows those of the build that serves. */
export const selectLines = `
  SELECT version, booked_on AS "bookedOn", reference, amount, balance
  FROM statement_lines WHERE account = $1 ORDER BY version`
