/**
 * What an adapter over an SQL database offers for projections that own tables: a way to run SQL of its dialect. Core
 * creates and replaces views, and compares tables; all other SQL is the user's.
 */
export interface SqlAdapter<Transaction = unknown> {
  readonly dialect: 'postgres' | 'sqlite'
  /** Runs one statement without parameters and returns its rows, if it has any, by column name. */
  run(statement: string, transaction?: Transaction): Promise<readonly Readonly<Record<string, unknown>>[]>
}
