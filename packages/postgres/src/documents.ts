import type {
  DocumentAdapter,
  DocumentQuery,
  DocumentReference,
  DocumentWrite,
  FieldRange,
  FoundDocument,
  WriteOptions,
} from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { Clients } from './clients.ts'
import { DocumentQueries } from './document-queries.ts'
import { DocumentReads } from './document-reads.ts'
import { DocumentWrites } from './document-writes.ts'

/** The documents of the port: one round trip for each call. */
export class Documents implements DocumentAdapter<ClientBase> {
  readonly #clients: Clients
  readonly #reads: DocumentReads
  readonly #writes: DocumentWrites
  readonly #queries: DocumentQueries

  constructor(clients: Clients, schema: string) {
    this.#clients = clients
    this.#reads = new DocumentReads(schema)
    this.#writes = new DocumentWrites(schema)
    this.#queries = new DocumentQueries(schema)
  }

  async read(
    references: readonly DocumentReference[],
    options: { readonly transaction?: ClientBase | undefined; readonly lock?: boolean } = {},
  ): Promise<readonly (string | undefined)[]> {
    const { transaction, lock = false } = options
    if (references.length === 0) return []
    return this.#clients.read((client) => this.#reads.read(client, references, lock), transaction)
  }

  async write(
    writes: readonly DocumentWrite[],
    transaction?: ClientBase,
    options: WriteOptions = {},
  ): Promise<void> {
    if (writes.length === 0) return
    // One expectation is settled before anything is stored. Of several, some may be stored already.
    if (writes.filter(({ expected }) => expected !== undefined).length < 2) {
      const own = transaction === undefined ? options : {}
      return this.#clients.write((client) => this.#writes.write(client, writes, own), transaction)
    }
    const work = (client: ClientBase) => this.#writes.write(client, writes)
    return this.#clients.writeTogether(work, transaction, options)
  }

  find(query: DocumentQuery, transaction?: ClientBase): Promise<readonly FoundDocument[]> {
    return this.#clients.read((client) => this.#queries.find(client, query), transaction)
  }

  count(collection: string, where: readonly FieldRange[], transaction?: ClientBase): Promise<number> {
    return this.#clients.read((client) => this.#queries.count(client, collection, where), transaction)
  }

  clear(collection: string, transaction?: ClientBase): Promise<void> {
    return this.#clients.write((client) => this.#writes.clear(client, collection), transaction)
  }
}
