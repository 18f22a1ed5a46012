import type { WriteOptions } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { Calls } from './calls.ts'
import type { Connections } from './connections.ts'
import { troubleOf } from './postgres-errors.ts'
import type { Transactions } from './transactions.ts'

type Work<Result> = (client: ClientBase) => Promise<Result>

/** How often a write is sent again that lost against another transaction. */
const maxCollisions = 8

/** Lends a call the client of its transaction or, without one, a client of the pool. */
export class Clients {
  readonly #calls: Calls
  readonly #connections: Connections
  readonly #transactions: Transactions

  constructor(calls: Calls, connections: Connections, transactions: Transactions) {
    this.#calls = calls
    this.#connections = connections
    this.#transactions = transactions
  }

  /** For statements that may be sent again. */
  async read<Result>(work: Work<Result>, transaction: ClientBase | undefined): Promise<Result> {
    if (transaction !== undefined) return this.#within(transaction, work)
    return this.#calls.run(() => this.#connections.read(work))
  }

  /** For one statement, which is its own transaction where there is none. */
  async write<Result>(work: Work<Result>, transaction: ClientBase | undefined): Promise<Result> {
    if (transaction !== undefined) return this.#within(transaction, work)
    return this.#calls.run(() => this.#untilSettled(() => this.#connections.use(work)))
  }

  /** For several statements that are one transaction. */
  async writeTogether<Result>(
    work: Work<Result>,
    transaction: ClientBase | undefined,
    options: WriteOptions,
  ): Promise<Result> {
    if (transaction !== undefined) return this.#within(transaction, work)
    const attempt = async () => (await this.#transactions.run(work, options)).result
    return this.#calls.run(() => this.#untilSettled(attempt))
  }

  async #untilSettled<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (let count = 1; ; count++) {
      try {
        return await attempt()
      } catch (error) {
        if (count === maxCollisions || troubleOf(error) !== 'collision') {
          throw this.#connections.translate(error, true)
        }
      }
    }
  }

  /** A connection that breaks takes its transaction along, so nothing of that is stored. */
  async #within<Result>(transaction: ClientBase, work: Work<Result>): Promise<Result> {
    await this.#transactions.check(transaction)
    try {
      return await work(transaction)
    } catch (error) {
      throw this.#connections.translate(error, false)
    }
  }
}
