import type { WaitOptions } from '../consumer/consumer.ts'
import { untilReached } from '../consumer/until-reached.ts'
import { UnsupportedError } from '../errors.ts'
import { streamId } from '../event/stream-id.ts'
import { comparePlaces, liesWithin } from '../event/text-order.ts'
import type { FieldRange, FieldValue } from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import { type AnyDocumentProjection, checkDocumentKey, DocumentFold } from './document-fold.ts'
import {
  type DocumentPage,
  type FindOptions,
  parseDocumentQuery,
  parseWhere,
  toPage,
  type Where,
} from './document-query.ts'
import type { DocumentReader } from './document-reader.ts'
import { LiveDocuments } from './live-documents.ts'

interface LiveDocument {
  readonly key: string
  readonly state: unknown
  readonly fields: readonly FieldValue[]
}

/**
 * A read model that is folded when it is asked: always as new as the log, and nothing is stored. `get` reads one
 * stream where the projection is of one category and has no `key`; else, and for `find`, `list` and `count`, the whole
 * log is read, and memory holds all documents. With `cache` they stay in memory, and only what is new is read.
 */
export class LiveReadModel<Document, Fields, Transaction = unknown>
  implements DocumentReader<Document, Fields, Transaction>
{
  readonly store: EventStore<Transaction>
  readonly #fold: DocumentFold
  readonly #cached: LiveDocuments | undefined

  /** @internal */
  constructor(definition: AnyDocumentProjection, store: EventStore<Transaction>, cache: boolean) {
    this.store = store
    this.#fold = new DocumentFold(definition)
    this.#cached = cache ? new LiveDocuments(store, this.#fold) : undefined
  }

  get name(): string {
    return this.#fold.definition.name
  }

  /** Nothing runs. Reads the log ahead where documents are cached. */
  async start(): Promise<void> {
    await this.#cached?.refresh()
  }

  async stop(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  /** @throws MissingResultError, UnreadableEventError, and what a handler throws */
  async get(
    key: string,
    options: { readonly transaction?: Transaction } = {},
  ): Promise<Document | undefined> {
    checkDocumentKey(key)
    const state =
      this.#isOneStream() && this.#cached === undefined
        ? await this.#foldStream(key, options)
        : (await this.#all(options)).documents.get(key)
    return state === undefined ? undefined : this.#give(state)
  }

  async find(
    where: Where<Fields>,
    options: FindOptions<Fields, Transaction> = {},
  ): Promise<DocumentPage<Document>> {
    const query = parseDocumentQuery(this.#fold, where, options)
    const { orderBy, after } = query
    const places = (await this.#within(query.where, options))
      .map((document) => ({
        ...document,
        value: document.fields.find(({ field }) => field === orderBy)?.value,
      }))
      .filter(({ value }) => orderBy === undefined || value !== undefined)
    const compare: typeof comparePlaces = query.backwards ? (a, b) => comparePlaces(b, a) : comparePlaces
    const rest = after === undefined ? places : places.filter((place) => compare(place, after) > 0)
    const found = rest.sort(compare).slice(0, query.limit)
    return toPage(
      found.map(({ key, state, value }) => ({ key, document: this.#give(state), value })),
      query,
    )
  }

  async list(
    options: Omit<FindOptions<Fields, Transaction>, 'orderBy'> = {},
  ): Promise<DocumentPage<Document>> {
    return this.find({}, options)
  }

  async count(
    where: Where<Fields> = {},
    options: { readonly transaction?: Transaction } = {},
  ): Promise<number> {
    return (await this.#within(parseWhere(this.#fold, where), options)).length
  }

  /** Resolves when the log is readable up to `position`: what is read after that reflects it. */
  async waitFor(position: number, options?: Pick<WaitOptions, 'timeout' | 'signal'>): Promise<void> {
    await untilReached(this.store.adapter, this.name, position, () => this.store.head(), options)
  }

  #isOneStream(): boolean {
    const { key, of } = this.#fold.definition
    return key === undefined && of.length === 1
  }

  async #foldStream(key: string, options: { readonly transaction?: Transaction }): Promise<unknown> {
    const [source] = this.#fold.definition.of
    let state: unknown
    if (source === undefined) return state
    for await (const events of this.store.readStreamInBatches(streamId(source.category, key), options)) {
      for (const event of events) {
        if (this.#fold.keysOf(event).length > 0) state = this.#fold.next(state, event, key)
      }
    }
    return state
  }

  async #all({ transaction }: { readonly transaction?: Transaction }): Promise<LiveDocuments> {
    if (transaction !== undefined) {
      throw new UnsupportedError(
        'A live read model folds the log, which is not read inside a transaction. Run it inline instead.',
      )
    }
    const documents = this.#cached ?? new LiveDocuments(this.store, this.#fold)
    await documents.refresh()
    return documents
  }

  async #within(
    where: readonly FieldRange[],
    options: { readonly transaction?: Transaction },
  ): Promise<readonly LiveDocument[]> {
    const { documents } = await this.#all(options)
    const within: LiveDocument[] = []
    for (const [key, state] of documents) {
      const fields = this.#fold.fieldsOf(state, key)
      if (where.every((range) => liesWithin(fields, range))) within.push({ key, state, fields })
    }
    return within
  }

  /** A copy, as a stored document would be read: so nobody's change spoils the cache, and every mode gives the same. */
  #give(state: unknown): Document {
    const { codec } = this.store
    return codec.decode(codec.encode(state, '')) as Document
  }
}
