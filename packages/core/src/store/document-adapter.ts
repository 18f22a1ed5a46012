import type { TransactionOptions } from './store-adapter.ts'

/**
 * The second half of the port: small texts by collection and key, in the same storage, and in the same transactions,
 * as the events. Core keeps in them the documents of projections, and what consumers need to remember: checkpoints,
 * leases, parked events. An adapter knows of none of that; it stores texts and compares them.
 *
 * Without `transaction` each call is atomic and, where it writes, durable unless it says otherwise. Texts are ordered by
 * their UTF-8 bytes.
 */
export interface DocumentAdapter<Transaction = unknown> {
  /**
   * The texts of documents, in the order asked for; undefined where there is none. All are read at one moment.
   *
   * With `lock`, which needs a transaction, those that exist stay as they are until the transaction ends: other
   * writers, and other readers with `lock`, wait. They are locked in the order of collection and key.
   */
  read(
    references: readonly DocumentReference[],
    options?: { readonly transaction?: Transaction | undefined; readonly lock?: boolean },
  ): Promise<readonly (string | undefined)[]>

  /**
   * Stores and removes documents, all or none. A document is named once in a call.
   *
   * @throws DocumentConflictError a document is not as `expected`: the first of the call. Without `transaction`
   * nothing is stored; with it, the caller rolls back
   */
  write(writes: readonly DocumentWrite[], transaction?: Transaction, options?: WriteOptions): Promise<void>

  /** The documents of a collection that lie within every range, in the order asked for. At most `limit`. */
  find(query: DocumentQuery, transaction?: Transaction): Promise<readonly FoundDocument[]>

  /** How many documents of a collection lie within every range. */
  count(collection: string, where: readonly FieldRange[], transaction?: Transaction): Promise<number>

  /** Removes all documents of a collection. */
  clear(collection: string, transaction?: Transaction): Promise<void>
}

/** Of a write that is its own transaction: as that of `StoreAdapter.transaction`. */
export type WriteOptions = Pick<TransactionOptions, 'durable'>

export interface DocumentReference {
  readonly collection: string
  readonly key: string
}

export interface DocumentWrite extends DocumentReference {
  /** Undefined removes the document, which need not exist. */
  readonly data: string | undefined
  /** Values to find it by; they replace those of before. Undefined: it has, and had, none. A removal takes them along. */
  readonly fields?: readonly FieldValue[] | undefined
  /**
   * Compare-and-set: the text that must be stored now, exactly; null for none. Undefined: whatever is there. In
   * concurrent transactions the second waits for the end of the first, and then compares.
   */
  readonly expected?: string | null | undefined
}

/** A value to find a document by. A field has one value in a document. Core has made text of it that sorts alike. */
export interface FieldValue {
  readonly field: string
  readonly value: string
}

/** Both ends are inclusive; one that is missing is open. A document without the field lies outside. */
export interface FieldRange {
  readonly field: string
  readonly from?: string
  readonly to?: string
}

export interface DocumentQuery {
  readonly collection: string
  readonly where: readonly FieldRange[]
  /** Orders by the values of a field, then by key, and leaves out documents without it. Default: by key. */
  readonly orderBy?: string | undefined
  readonly backwards: boolean
  /** Where the page before ended, exclusive. `value` is that of `orderBy`, and there only with it. */
  readonly after?: { readonly key: string; readonly value?: string | undefined } | undefined
  readonly limit: number
}

export interface FoundDocument {
  readonly key: string
  readonly data: string
  /** That of the field of `orderBy`. */
  readonly value?: string | undefined
}
