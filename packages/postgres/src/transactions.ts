import { InvalidInputError, isEventfoldError, StoreFailureError } from '@eventfold/core'
import { type TransactionOptions, untilAborted } from '@eventfold/core/adapter'
import type { ClientBase, PoolClient, TransactionStatus } from 'pg'
import type { Connections } from './connections.ts'
import { mayPass } from './postgres-errors.ts'
import { transactionStatus } from './transaction-status.ts'

/** Database transactions: those that the store runs, and a look at those that callers bring along. */
export class Transactions {
  /** Transactions that stores have open, and whether any has appended in them: another store of the database may. */
  static readonly #open = new WeakMap<ClientBase, { hasAppended: boolean }>()
  readonly #connections: Connections
  /** Clients whose transaction was ended by its signal, and that never have another one. */
  readonly #aborted = new WeakSet<ClientBase>()

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /**
   * @throws what `work` throws, as it is, unless the driver says by it that the store was lost or somebody in the way;
   * the reason of the signal, if it aborts before COMMIT is sent; StoreUnavailableError, LockTimeoutError,
   * StoreFailureError
   */
  async run<Result>(
    work: (client: ClientBase) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<{ readonly result: Result; readonly hasAppended: boolean }> {
    const { durable = true, signal } = options
    signal?.throwIfAborted()
    const outcome = await this.#connections.lend(async (client) => {
      const state = { hasAppended: false }
      let result: Result
      try {
        const working = this.#begin(client, options).then(() => {
          Transactions.#open.set(client, state)
          return work(client)
        })
        result = await (signal === undefined
          ? working
          : untilAborted(working, signal, () => this.#abort(client)))
        signal?.throwIfAborted()
      } catch (error) {
        if (this.#aborted.has(client)) return { error }
        const isLost = !(await this.#rollBack(client))
        return { error: isOfStore(error, isLost) ? this.#connections.translate(error, false) : error }
      } finally {
        Transactions.#open.delete(client)
      }
      // Its events are read by others before they are on the disk. Lost then, their positions would be given out again.
      await this.#commit(client, durable || state.hasAppended)
      return { result, hasAppended: state.hasAppended }
    }, signal)
    if ('error' in outcome) throw outcome.error
    return outcome
  }

  /** Notes that a store has appended in a transaction, if a store has begun it. */
  appended(client: ClientBase): void {
    const state = Transactions.#open.get(client)
    if (state !== undefined) state.hasAppended = true
  }

  /** @throws InvalidInputError `invalid-transaction` */
  async check(client: ClientBase): Promise<void> {
    if (Transactions.#open.has(client)) return
    if (this.#aborted.has(client)) throw invalid('The transaction was ended by its signal.')
    if (typeof client?.query !== 'function') {
      throw invalid('The transaction is not a client of pg. Pass the client on which BEGIN was sent.')
    }
    if (!(await isInTransaction(client))) {
      throw invalid(
        'No transaction is open on the client. Send BEGIN first, and append before COMMIT or ROLLBACK.',
      )
    }
  }

  async #begin(client: ClientBase, options: TransactionOptions): Promise<void> {
    const { idleTimeout, signal } = options
    const limit =
      idleTimeout === undefined ? '' : `; SET LOCAL idle_in_transaction_session_timeout = ${idleTimeout}`
    try {
      await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED${limit}`)
    } catch (error) {
      throw this.#connections.translate(error, false)
    }
    signal?.throwIfAborted()
  }

  /** Whoever goes on to use the client finds it closed. */
  #abort(client: PoolClient): void {
    Transactions.#open.delete(client)
    this.#aborted.add(client)
    this.#connections.destroy(client)
  }

  async #commit(client: ClientBase, durable: boolean): Promise<void> {
    const status = await this.#statusOf(client)
    if (status === 'I') {
      throw invalid(
        'The work ended the transaction itself. Leave COMMIT and ROLLBACK to the store; to roll back, throw.',
      )
    }
    // Only where nothing has failed, else the setting would fail too, and the commit not be reached.
    const commit = durable || status !== 'T' ? 'COMMIT' : 'SET LOCAL synchronous_commit = off; COMMIT'
    let command: string | undefined
    try {
      command = [await client.query(commit)].flat().at(-1)?.command
    } catch (error) {
      throw this.#connections.translate(error, true)
    }
    if (command !== 'COMMIT') {
      throw new StoreFailureError('a statement of the transaction had failed, so it was rolled back')
    }
  }

  async #statusOf(client: ClientBase): Promise<TransactionStatus | undefined> {
    try {
      return await transactionStatus(client)
    } catch (error) {
      throw this.#connections.translate(error, false)
    }
  }

  /** False: the connection is broken, which rolls back as well, and the pool drops it. */
  async #rollBack(client: ClientBase): Promise<boolean> {
    return client.query('ROLLBACK').then(
      () => true,
      () => false,
    )
  }
}

/** Whether what the work has thrown tells of the store, and not of the work: then the same work may succeed later. */
function isOfStore(error: unknown, isLost: boolean): boolean {
  return isLost ? !isEventfoldError(error) : mayPass(error)
}

/** Clients of older releases of pg do not tell, so the server is asked: this statement is an error outside. */
async function isInTransaction(client: ClientBase): Promise<boolean> {
  const status = await transactionStatus(client)
  if (status !== undefined) return status !== 'I'
  try {
    await client.query('SAVEPOINT eventfold; RELEASE SAVEPOINT eventfold')
    return true
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === '25P01') return false
    throw error
  }
}

const invalid = (message: string) => new InvalidInputError('invalid-transaction', message)
