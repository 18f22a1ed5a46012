import type { WaitOptions } from '../consumer/consumer.ts'
import type { DocumentProjection } from './define-projection.ts'
import type { DocumentPage, FindOptions, Where } from './document-query.ts'

/** How documents of a read model are read, in whatever mode it runs. */
export interface DocumentReader<Document, Fields, Transaction = unknown> {
  /**
   * The document of a key; undefined if there is none. While a new version of a stored read model is being built, it is
   * that of the old version, and so is what the other methods give: see `upgraded` of the read model.
   *
   * @throws InvalidInputError `invalid-document`: no document can have this key
   */
  get(key: string, options?: { readonly transaction?: Transaction }): Promise<Document | undefined>

  /**
   * A page of the documents whose fields have these values, or lie within these ranges.
   *
   * @throws InvalidInputError `invalid-option`
   * @example
   * const { documents, next } = await summaries.find({ cents: { from: 100 } }, { orderBy: 'cents', limit: 50 })
   */
  find(where: Where<Fields>, options?: FindOptions<Fields, Transaction>): Promise<DocumentPage<Document>>

  /** A page of all documents, by key. */
  list(options?: Omit<FindOptions<Fields, Transaction>, 'orderBy'>): Promise<DocumentPage<Document>>

  /** How many documents have these values. Default: all. */
  count(where?: Where<Fields>, options?: { readonly transaction?: Transaction }): Promise<number>

  /**
   * Resolves when what is read from now on reflects everything up to `position`: that of an append, so that you read
   * your own writes. Never early.
   *
   * @throws WaitTimeoutError
   * @throws ConsumerFailedError the consumer of this instance has failed; at once
   * @example
   * const { position } = await store.append('account-42', events)
   * await summaries.waitFor(position)
   */
  waitFor(position: number, options?: Pick<WaitOptions, 'timeout' | 'signal'>): Promise<void>
}

/**
 * The type of what reads the documents of a projection, in whatever mode it runs, for parameters and fields.
 *
 * @example
 * async function report(summaries: ReadModelOf<typeof Summaries>) {}
 */
export type ReadModelOf<Definition, Transaction = unknown> =
  Definition extends DocumentProjection<infer _Event, infer Document, infer Fields>
    ? DocumentReader<Document, Fields, Transaction>
    : never
