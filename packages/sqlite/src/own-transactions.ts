import { InvalidInputError } from '@eventfold/core'
import type Database from 'better-sqlite3'
import { translateError } from './sqlite-errors.ts'
import { untilFree } from './until-free.ts'

/** Runs the transactions that the store manages, one at a time, on a connection of their own. */
export class OwnTransactions {
  readonly #open: () => Database.Database
  readonly #lockTimeout: number
  #database: Database.Database | undefined

  /** @param open opens the connection, once it is needed */
  constructor(open: () => Database.Database, lockTimeoutMilliseconds: number) {
    this.#open = open
    this.#lockTimeout = lockTimeoutMilliseconds
  }

  async run<Result>(work: (transaction: Database.Database) => Promise<Result>): Promise<Result> {
    const database = await this.#begin()
    try {
      const result = await work(database)
      this.#commit(database)
      return result
    } catch (error) {
      if (database.open && database.inTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  /** Whether `handle` is the transaction that is open now. */
  owns(handle: Database.Database): boolean {
    return handle !== undefined && handle === this.#database && handle.inTransaction
  }

  close(): void {
    this.#database?.close()
  }

  async #begin(): Promise<Database.Database> {
    try {
      if (!this.#database?.open) this.#database = this.#open()
      const database = this.#database
      await untilFree(() => database.exec('BEGIN IMMEDIATE'), this.#lockTimeout)
      return database
    } catch (error) {
      throw translateError(error)
    }
  }

  #commit(database: Database.Database): void {
    if (!database.open || !database.inTransaction) {
      throw new InvalidInputError(
        'invalid-transaction',
        'The work ended the transaction itself. Leave COMMIT and ROLLBACK to the store; to roll back, throw.',
      )
    }
    try {
      database.exec('COMMIT')
    } catch (error) {
      throw translateError(error, 'unknown')
    }
  }
}
