import type { DocumentAdapter } from '../store/document-adapter.ts'
import { checkDocumentKey } from './document-fold.ts'
import {
  type DocumentPage,
  type FindOptions,
  parseDocumentQuery,
  parseWhere,
  toPage,
  type Where,
} from './document-query.ts'
import type { DocumentStorage } from './document-storage.ts'
import { generationName, parseRecord, recordReference } from './generation-record.ts'
import type { Generations } from './generations.ts'

/**
 * Reads the documents of the generation that serves. It remembers which one that is, and makes sure in the same call,
 * or after it, that it still is.
 */
export class StoredDocuments<Document, Fields, Transaction> {
  readonly #generations: Generations<Transaction>
  readonly #storage: DocumentStorage<Transaction>
  readonly #documents: DocumentAdapter<Transaction>
  /** 0: none serves yet. */
  #generation = 0

  constructor(generations: Generations<Transaction>, storage: DocumentStorage<Transaction>) {
    this.#generations = generations
    this.#storage = storage
    this.#documents = generations.documents
  }

  async get(
    key: string,
    { transaction }: { readonly transaction?: Transaction | undefined } = {},
  ): Promise<Document | undefined> {
    checkDocumentKey(key)
    const { name } = this.#storage
    for (;;) {
      const generation = this.#generation
      const reference = { collection: generationName(name, generation), key }
      const [text, document] = await this.#documents.read([recordReference(name), reference], { transaction })
      this.#generation = parseRecord(text)?.current.number ?? 0
      if (this.#generation === generation) return this.#decode(document)
    }
  }

  async find(
    where: Where<Fields>,
    options: FindOptions<Fields, Transaction> = {},
  ): Promise<DocumentPage<Document>> {
    const query = parseDocumentQuery(this.#storage.fold, where, options)
    const found = await this.#inGeneration(options.transaction, (collection) => {
      return this.#documents.find({ ...query, collection }, options.transaction)
    })
    return toPage(
      found.map(({ key, data, value }) => ({ key, value, document: this.#decode(data) as Document })),
      query,
    )
  }

  async count(
    where: Where<Fields>,
    { transaction }: { readonly transaction?: Transaction | undefined } = {},
  ): Promise<number> {
    const ranges = parseWhere(this.#storage.fold, where)
    return this.#inGeneration(transaction, (collection) => {
      return this.#documents.count(collection, ranges, transaction)
    })
  }

  /** A generation is emptied only when another one serves, so it was whole if it serves still after the read. */
  async #inGeneration<Result>(
    transaction: Transaction | undefined,
    read: (collection: string) => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const generation = this.#generation
      const result = await read(generationName(this.#storage.name, generation))
      this.#generation = (await this.#generations.read(transaction))?.current.number ?? 0
      if (this.#generation === generation) return result
    }
  }

  #decode(text: string | undefined): Document | undefined {
    return text === undefined ? undefined : (this.#generations.store.codec.decode(text) as Document)
  }
}
