import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  DocumentAdapter,
  DocumentQuery,
  DocumentReference,
  DocumentWrite,
  FieldRange,
  FoundDocument,
  WriteOptions,
} from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import type { Access } from './access.ts'
import { DocumentReader } from './document-reader.ts'

/** The documents of the port. */
export class Documents implements DocumentAdapter<Database.Database> {
  readonly #access: Access
  readonly #reader: DocumentReader

  constructor(access: Access, reader: Database.Database) {
    this.#access = access
    this.#reader = new DocumentReader(reader)
  }

  read(
    references: readonly DocumentReference[],
    options: { readonly transaction?: Database.Database | undefined; readonly lock?: boolean } = {},
  ): Promise<readonly (string | undefined)[]> {
    const { transaction, lock = false } = options
    if (transaction === undefined) return this.#access.read(() => this.#reader.read(references))
    return this.#access.inside(transaction, (prepared) => {
      // There is one lock, for the whole file.
      if (lock) prepared.documentWriter.lock()
      return prepared.documentReader.read(references)
    })
  }

  async write(
    writes: readonly DocumentWrite[],
    transaction?: Database.Database,
    options?: WriteOptions,
  ): Promise<void> {
    if (writes.length === 0) return
    await this.#access.write(transaction, ({ documentWriter }) => documentWriter.write(writes), options)
  }

  find(query: DocumentQuery, transaction?: Database.Database): Promise<readonly FoundDocument[]> {
    return this.#readWith((reader) => reader.find(query), transaction)
  }

  count(collection: string, where: readonly FieldRange[], transaction?: Database.Database): Promise<number> {
    return this.#readWith((reader) => reader.count(collection, where), transaction)
  }

  async clear(collection: string, transaction?: Database.Database): Promise<void> {
    if (transaction === undefined) await this.#access.transaction((own) => this.#clear(collection, own))
    else await this.#clear(collection, transaction)
  }

  async #clear(collection: string, transaction: Database.Database): Promise<void> {
    const clearSome = () =>
      this.#access.inside(transaction, ({ documentWriter }) => documentWriter.clearSome(collection))
    while (await clearSome()) await nextTurn()
  }

  #readWith<Result>(
    read: (reader: DocumentReader) => Result,
    transaction: Database.Database | undefined,
  ): Promise<Result> {
    return transaction === undefined
      ? this.#access.read(() => read(this.#reader))
      : this.#access.inside(transaction, ({ documentReader }) => read(documentReader))
  }
}
