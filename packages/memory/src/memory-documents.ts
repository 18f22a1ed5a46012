import { DocumentConflictError } from '@eventfold/core'
import type {
  DocumentAdapter,
  DocumentQuery,
  DocumentReference,
  DocumentWrite,
  FieldRange,
  FoundDocument,
  ListedDocument,
} from '@eventfold/core/adapter'
import { comparePlaces, compareTexts, liesWithin } from './document-order.ts'
import type { MemoryTransaction } from './memory-transaction.ts'
import type { TransactionTurns } from './transaction-turns.ts'

interface StoredDocument {
  readonly data: string
  readonly fields: ReadonlyMap<string, string>
}

/** What a transaction has written, by collection and key. Undefined: it has removed the document. */
export type DocumentChanges = Map<string, Map<string, StoredDocument | undefined>>

/**
 * The documents themselves, in maps by collection and key. What a transaction writes lies over them until it commits.
 * As one transaction is open at a time, and others wait to write, its reads need no locks.
 */
export class MemoryDocuments implements DocumentAdapter<MemoryTransaction> {
  readonly #collections = new Map<string, Map<string, StoredDocument>>()
  readonly #turns: TransactionTurns

  constructor(turns: TransactionTurns) {
    this.#turns = turns
  }

  async read(
    references: readonly DocumentReference[],
    { transaction }: { readonly transaction?: MemoryTransaction | undefined } = {},
  ): Promise<readonly (string | undefined)[]> {
    this.#turns.check(transaction)
    return references.map((reference) => this.#get(reference, transaction?.documents)?.data)
  }

  write(writes: readonly DocumentWrite[], transaction?: MemoryTransaction): Promise<void> {
    return this.#change(transaction, (changes) => {
      for (const write of writes) {
        const actual = this.#get(write, changes)?.data ?? null
        if (write.expected !== undefined && write.expected !== actual) {
          throw new DocumentConflictError(write.collection, write.key)
        }
      }
      for (const { collection, key, data, fields = [] } of writes) {
        const values = new Map(fields.map(({ field, value }) => [field, value]))
        mapIn(changes, collection).set(key, data === undefined ? undefined : { data, fields: values })
      }
    })
  }

  async find(query: DocumentQuery, transaction?: MemoryTransaction): Promise<readonly FoundDocument[]> {
    const { collection, where, orderBy, backwards, after, limit } = query
    this.#turns.check(transaction)
    const found: FoundDocument[] = []
    for (const [key, { data, fields }] of this.#within(collection, where, transaction)) {
      const value = orderBy === undefined ? undefined : fields.get(orderBy)
      if (orderBy === undefined || value !== undefined) found.push({ key, data, value })
    }
    const compare: typeof comparePlaces = backwards ? (a, b) => comparePlaces(b, a) : comparePlaces
    const rest = after === undefined ? found : found.filter((document) => compare(document, after) > 0)
    return rest.sort(compare).slice(0, limit)
  }

  async count(
    collection: string,
    where: readonly FieldRange[],
    transaction?: MemoryTransaction,
  ): Promise<number> {
    this.#turns.check(transaction)
    let count = 0
    for (const _ of this.#within(collection, where, transaction)) count++
    return count
  }

  clear(collection: string, transaction?: MemoryTransaction): Promise<void> {
    return this.#change(transaction, (changes) => {
      const changed = mapIn(changes, collection)
      for (const key of changed.keys()) changed.set(key, undefined)
      for (const key of this.#collections.get(collection)?.keys() ?? []) changed.set(key, undefined)
    })
  }

  /** Committed documents of all collections, in the order of collection and key. */
  list(after: DocumentReference | undefined, limit: number): readonly ListedDocument[] {
    const listed: ListedDocument[] = []
    for (const collection of [...this.#collections.keys()].sort(compareTexts)) {
      const order = after === undefined ? 1 : compareTexts(collection, after.collection)
      if (order < 0 || listed.length >= limit) continue
      const documents = this.#collections.get(collection) ?? []
      const behind = [...documents].filter(([key]) => order > 0 || compareTexts(key, after?.key ?? '') > 0)
      for (const [key, { data, fields }] of behind.sort(([a], [b]) => compareTexts(a, b))) {
        const names = [...fields].sort(([a], [b]) => compareTexts(a, b))
        listed.push({ collection, key, data, fields: names.map(([field, value]) => ({ field, value })) })
      }
    }
    return listed.slice(0, limit)
  }

  /** Makes changes visible to everybody. */
  commit(changes: DocumentChanges): void {
    for (const [collection, changed] of changes) {
      const documents = mapIn(this.#collections, collection)
      for (const [key, document] of changed) {
        if (document === undefined) documents.delete(key)
        else documents.set(key, document)
      }
      if (documents.size === 0) this.#collections.delete(collection)
    }
  }

  /** Changes within the transaction, or, as a transaction of its own, at once. */
  #change(
    transaction: MemoryTransaction | undefined,
    change: (changes: DocumentChanges) => void,
  ): Promise<void> {
    return this.#turns.whenFree(transaction, () => {
      const changes: DocumentChanges = transaction?.documents ?? new Map()
      change(changes)
      if (transaction === undefined) this.commit(changes)
    })
  }

  #get({ collection, key }: DocumentReference, changes?: DocumentChanges): StoredDocument | undefined {
    const changed = changes?.get(collection)
    return changed?.has(key) ? changed.get(key) : this.#collections.get(collection)?.get(key)
  }

  *#within(
    collection: string,
    where: readonly FieldRange[],
    transaction: MemoryTransaction | undefined,
  ): Generator<readonly [string, StoredDocument]> {
    const isWithin = ({ fields }: StoredDocument) => where.every((range) => liesWithin(fields, range))
    const changed = transaction?.documents.get(collection)
    for (const [key, document] of this.#collections.get(collection) ?? []) {
      if (!changed?.has(key) && isWithin(document)) yield [key, document]
    }
    for (const [key, document] of changed ?? []) {
      if (document !== undefined && isWithin(document)) yield [key, document]
    }
  }
}

/** The map of a collection, which is created if there is none. */
function mapIn<Value>(maps: Map<string, Map<string, Value>>, collection: string): Map<string, Value> {
  const map = maps.get(collection) ?? new Map<string, Value>()
  maps.set(collection, map)
  return map
}
