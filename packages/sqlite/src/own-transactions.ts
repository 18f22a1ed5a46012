import { InvalidInputError } from '@eventfold/core'
import { type TransactionOptions, untilAborted } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { openWriter } from './connection.ts'
import { discard } from './discard.ts'
import { translateError } from './sqlite-errors.ts'
import { untilFree } from './until-free.ts'
import type { WriterOptions } from './writer-options.ts'

export interface OwnTransactionOptions extends TransactionOptions {
  /**
   * Whether nothing of the work can go on after it has failed, so that its connection serves the next one too.
   * Default false: it might still write, into the next transaction or outside of any.
   */
  readonly leavesNothing?: boolean
}

/** Runs the transactions that the store manages, one at a time, on a connection of their own. */
export class OwnTransactions {
  readonly #options: WriterOptions
  #database: Database.Database | undefined
  #synchronous: WriterOptions['synchronous']

  /** The connection is opened once it is needed. */
  constructor(options: WriterOptions) {
    this.#options = options
    this.#synchronous = options.synchronous
  }

  async run<Result>(
    work: (transaction: Database.Database) => Promise<Result>,
    { durable = true, signal, leavesNothing = false }: OwnTransactionOptions = {},
  ): Promise<Result> {
    const database = await this.#begin(durable ? this.#options.synchronous : 'normal', signal)
    try {
      const result = await untilAborted(work(database), signal, () => this.#discard())
      // It may have aborted just after the work had ended.
      signal?.throwIfAborted()
      this.#commit(database)
      return result
    } catch (error) {
      if (leavesNothing && database.inTransaction) database.exec('ROLLBACK')
      else this.#discard()
      throw error
    }
  }

  /** Whether `handle` is the transaction that is open now. */
  owns(handle: Database.Database): boolean {
    return handle !== undefined && handle === this.#database && handle.inTransaction
  }

  close(): void {
    this.#discard()
  }

  async #begin(
    synchronous: WriterOptions['synchronous'],
    signal: AbortSignal | undefined,
  ): Promise<Database.Database> {
    try {
      const database = this.#connect(synchronous)
      const begin = () => {
        signal?.throwIfAborted()
        database.exec('BEGIN IMMEDIATE')
      }
      await untilFree(begin, this.#options.lockTimeout)
      return database
    } catch (error) {
      throw translateError(error)
    }
  }

  /** In WAL mode a commit that does not wait for the disk is there for sure once a later one has waited. */
  #connect(synchronous: WriterOptions['synchronous']): Database.Database {
    if (!this.#database?.open) {
      this.#database = openWriter(this.#options)
      this.#synchronous = this.#options.synchronous
    }
    if (this.#synchronous !== synchronous) {
      this.#database.pragma(`synchronous = ${synchronous}`)
      this.#synchronous = synchronous
    }
    return this.#database
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

  #discard(): void {
    const database = this.#database
    this.#database = undefined
    if (database !== undefined) discard(database)
  }
}
