import type { SqlAdapter } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { Clients } from './clients.ts'

/** SQL of the user, in the dialect of PostgreSQL. Values are read as the connection is set to read them. */
export class Sql implements SqlAdapter<ClientBase> {
  readonly dialect = 'postgres'
  readonly #clients: Clients

  constructor(clients: Clients) {
    this.#clients = clients
  }

  run(statement: string, transaction?: ClientBase): Promise<readonly Readonly<Record<string, unknown>>[]> {
    // The extended protocol takes one statement only.
    const query = { text: statement, queryMode: 'extended' }
    return this.#clients.write(async (client) => (await client.query(query)).rows, transaction)
  }
}
