import type { DocumentAdapter, FieldRange, FoundDocument } from './document-adapter.ts'

export interface DocumentsInOptions<Transaction> {
  /** Ranges that they lie in. Default: the whole collection. */
  readonly where?: readonly FieldRange[]
  /** How many are read at a time. Default 500. */
  readonly pageSize?: number
  readonly transaction?: Transaction | undefined
}

/**
 * The documents of a collection in the order of keys. Memory holds one page; what is stored, or removed, meanwhile may be
 * among them or not.
 */
export async function* documentsIn<Transaction>(
  documents: DocumentAdapter<Transaction>,
  collection: string,
  { where = [], pageSize = 500, transaction }: DocumentsInOptions<Transaction> = {},
): AsyncGenerator<FoundDocument, void, undefined> {
  let after: { readonly key: string } | undefined
  for (;;) {
    const query = { collection, where, backwards: false, after, limit: pageSize }
    const page = await documents.find(query, transaction)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = { key: last.key }
  }
}
