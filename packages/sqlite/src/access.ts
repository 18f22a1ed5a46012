import { StoreClosedError } from '@eventfold/core'
import type { WriteOptions } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { fileOf } from './connection.ts'
import { Handles } from './handles.ts'
import { type OwnTransactionOptions, OwnTransactions } from './own-transactions.ts'
import type { Prepared } from './prepared.ts'
import { translateError } from './sqlite-errors.ts'
import type { Turns } from './turns.ts'
import { untilFree } from './until-free.ts'
import type { WriterOptions } from './writer-options.ts'

/** How calls get at the file, apart from appends: until the store is closed, and with errors of Eventfold. */
export class Access {
  readonly #lockTimeout: number
  readonly #turns: Turns
  readonly #handles: Handles
  readonly #transactions: OwnTransactions
  readonly #afterTransaction: () => void
  readonly #underWay = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(reader: Database.Database, options: WriterOptions, turns: Turns, afterTransaction: () => void) {
    this.#lockTimeout = options.lockTimeout
    this.#turns = turns
    this.#handles = new Handles(fileOf(reader))
    this.#transactions = new OwnTransactions(options)
    this.#afterTransaction = afterTransaction
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Outside of transactions. */
  async read<Result>(work: () => Result): Promise<Result> {
    this.#check()
    try {
      const result = untilFree(work, this.#lockTimeout)
      return result instanceof Promise ? await this.#track(result) : result
    } catch (error) {
      throw translateError(error)
    }
  }

  async inside<Result>(
    transaction: Database.Database,
    work: (prepared: Prepared) => Result,
  ): Promise<Result> {
    if (!this.#transactions.owns(transaction)) this.#check()
    const prepared = this.#handles.use(transaction)
    try {
      return work(prepared)
    } catch (error) {
      throw translateError(error)
    }
  }

  /** In a transaction of the caller, or else in one of its own. */
  write<Result>(
    transaction: Database.Database | undefined,
    work: (prepared: Prepared) => Result,
    options?: WriteOptions,
  ): Promise<Result> {
    if (transaction !== undefined) return this.inside(transaction, work)
    return this.transaction((own) => this.inside(own, work), { ...options, leavesNothing: true })
  }

  async transaction<Result>(
    work: (transaction: Database.Database) => Promise<Result>,
    options: OwnTransactionOptions = {},
  ): Promise<Result> {
    this.#check()
    return this.#track(this.#transaction(work, options))
  }

  /** Refuses further calls, and waits for those under way. */
  async end(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
  }

  close(): void {
    this.#transactions.close()
  }

  async #transaction<Result>(
    work: (transaction: Database.Database) => Promise<Result>,
    options: OwnTransactionOptions,
  ): Promise<Result> {
    options.signal?.throwIfAborted()
    await this.#turns.take(options.signal)
    try {
      return await this.#transactions.run(work, options)
    } finally {
      this.#turns.pass()
      this.#afterTransaction()
    }
  }

  #check(): void {
    if (this.#isClosed) throw new StoreClosedError()
  }

  /** `end` waits for it. */
  #track<Result>(call: Promise<Result>): Promise<Result> {
    const end = () => void this.#underWay.delete(call)
    this.#underWay.add(call)
    call.then(end, end)
    return call
  }
}
