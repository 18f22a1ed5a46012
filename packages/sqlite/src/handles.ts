import { InvalidInputError } from '@eventfold/core'
import type Database from 'better-sqlite3'
import { fileOf } from './connection.ts'
import { Prepared } from './prepared.ts'

/** What is prepared on the handles that stand for open transactions: those of `transaction` and those of the user. */
export class Handles {
  readonly #file: string | undefined
  readonly #prepared = new WeakMap<Database.Database, Prepared>()

  /** @param file of the store, as SQLite names it */
  constructor(file: string | undefined) {
    this.#file = file
  }

  /** @throws InvalidInputError `invalid-transaction` */
  use(handle: Database.Database): Prepared {
    if (typeof handle?.prepare !== 'function') {
      throw new InvalidInputError('invalid-transaction', 'The transaction is not a handle of better-sqlite3.')
    }
    if (!handle.open || !handle.inTransaction) {
      throw new InvalidInputError(
        'invalid-transaction',
        'The handle has no open transaction: it has ended, or was not begun. Run BEGIN IMMEDIATE on it first.',
      )
    }
    return this.#prepared.get(handle) ?? this.#prepare(handle)
  }

  #prepare(handle: Database.Database): Prepared {
    const file = fileOf(handle)
    if (file !== this.#file) {
      throw new InvalidInputError(
        'invalid-transaction',
        'The transaction belongs to another file than the store.',
      )
    }
    const prepared = new Prepared(handle)
    this.#prepared.set(handle, prepared)
    return prepared
  }
}
