import { InvalidInputError, StoreFailureError } from '@eventfold/core'
import type { ClientBase } from 'pg'
import type { Connections } from './connections.ts'

/** Database transactions: those that the store runs, and a look at those that callers bring along. */
export class Transactions {
  readonly #connections: Connections
  /** Transactions of our own that are open, and whether the store has appended in them. */
  readonly #open = new Map<ClientBase, { hasAppended: boolean }>()

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** @throws what `work` throws, as it is; StoreUnavailableError, StoreFailureError */
  async run<Result>(
    work: (client: ClientBase) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly hasAppended: boolean }> {
    const outcome = await this.#connections.lend(async (client) => {
      const state = { hasAppended: false }
      try {
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      } catch (error) {
        throw this.#connections.translate(error, false)
      }
      this.#open.set(client, state)
      let result: Result
      try {
        result = await work(client)
      } catch (error) {
        await this.#rollBack(client)
        return { error }
      } finally {
        this.#open.delete(client)
      }
      await this.#commit(client)
      return { result, hasAppended: state.hasAppended }
    })
    if ('error' in outcome) throw outcome.error
    return outcome
  }

  /** Notes that the store has appended in a transaction, if that is one of our own. */
  appended(client: ClientBase): void {
    const state = this.#open.get(client)
    if (state !== undefined) state.hasAppended = true
  }

  /** @throws InvalidInputError `invalid-transaction` */
  async check(client: ClientBase): Promise<void> {
    if (this.#open.has(client)) return
    if (typeof client?.query !== 'function') {
      throw invalid('The transaction is not a client of pg. Pass the client on which BEGIN was sent.')
    }
    if (!(await isInTransaction(client))) {
      throw invalid(
        'No transaction is open on the client. Send BEGIN first, and append before COMMIT or ROLLBACK.',
      )
    }
  }

  async #commit(client: ClientBase): Promise<void> {
    let command: string
    try {
      command = (await client.query('COMMIT')).command
    } catch (error) {
      throw this.#connections.translate(error, true)
    }
    if (command !== 'COMMIT') {
      throw new StoreFailureError('a statement of the transaction had failed, so it was rolled back')
    }
  }

  async #rollBack(client: ClientBase): Promise<void> {
    // If this fails the connection is broken, which rolls back as well, and the pool drops it.
    await client.query('ROLLBACK').catch(() => {})
  }
}

/** Clients of older releases of pg do not tell, so the server is asked: this statement is an error outside. */
async function isInTransaction(client: ClientBase): Promise<boolean> {
  if (typeof client.getTransactionStatus === 'function') return client.getTransactionStatus() !== 'I'
  try {
    await client.query('SAVEPOINT eventfold; RELEASE SAVEPOINT eventfold')
    return true
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === '25P01') return false
    throw error
  }
}

const invalid = (message: string) => new InvalidInputError('invalid-transaction', message)
