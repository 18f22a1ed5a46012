import type { DocumentAdapter, DocumentQuery, FieldRange, FoundDocument } from '@eventfold/core/adapter'
import type { DocumentSpoiler } from './spoiled-documents.ts'

const withRanges = (
  documents: DocumentAdapter,
  change: (where: readonly FieldRange[]) => readonly FieldRange[],
) => ({
  find: (query: DocumentQuery, transaction?: unknown) =>
    documents.find({ ...query, where: change(query.where) }, transaction),
})

export const ignoresEnds: DocumentSpoiler = (documents) =>
  withRanges(documents, (where) => where.map(({ to: _, ...range }) => range))

export const looksAtOneRange: DocumentSpoiler = (documents) =>
  withRanges(documents, (where) => where.slice(0, 1))

/** Goes on behind the last value, so that a page which ends among equal values skips the others. */
export const pagesByValue: DocumentSpoiler = (documents) => ({
  async find(query, transaction) {
    const { after, backwards, limit } = query
    if (after?.value === undefined) return documents.find(query, transaction)
    const bound = backwards ? { key: '', value: after.value } : { key: '\u{10ffff}', value: after.value }
    return documents.find({ ...query, after: bound, limit }, transaction)
  },
})

/** Orders by value only: documents of the same value come in any order, each time another one. */
export const ordersTiesAnyhow: DocumentSpoiler = (documents) => {
  let odd = false
  return {
    async find(query, transaction) {
      if (query.orderBy === undefined) return documents.find(query, transaction)
      const all = await documents.find(
        { ...query, after: undefined, limit: Number.MAX_SAFE_INTEGER },
        transaction,
      )
      odd = !odd
      const ordered = odd ? all : reverseTies(all)
      const at = ordered.findIndex(({ key }) => key === query.after?.key)
      return ordered.slice(at + 1, at + 1 + query.limit)
    },
  }
}

function reverseTies(found: readonly FoundDocument[]): readonly FoundDocument[] {
  const values = [...new Set(found.map(({ value }) => value))]
  return values.flatMap((value) => found.filter((document) => document.value === value).reverse())
}

/** Orders as JavaScript compares strings. */
export const ordersByUtf16: DocumentSpoiler = (documents) => ({
  async find(query, transaction) {
    const found = await documents.find(query, transaction)
    const sign = query.backwards ? -1 : 1
    const place = ({ key, value = '' }: FoundDocument) => `${value}\0${key}`
    return found.toSorted((a, b) => (place(a) < place(b) ? -sign : sign))
  },
})

/** Puts documents without the field behind the others. */
export const keepsThoseWithout: DocumentSpoiler = (documents) => ({
  async find(query, transaction) {
    const found = await documents.find(query, transaction)
    if (query.orderBy === undefined) return found
    const all = await documents.find({ ...query, orderBy: undefined, after: undefined }, transaction)
    const keys = new Set(found.map(({ key }) => key))
    return [...found, ...all.filter(({ key }) => !keys.has(key))].slice(0, query.limit)
  },
})

export const countsAll: DocumentSpoiler = (documents) => ({
  count: (collection, _, transaction) => documents.count(collection, [], transaction),
})

/** Finds a document also by what it was once written with. */
export const keepsOldFields: DocumentSpoiler = (documents) => {
  const known = new Map<string, ReadonlyMap<string, string>>()
  return {
    write(writes, transaction) {
      const merged = writes.map((write) => {
        const id = `${write.collection}/${write.key}`
        const values = write.fields?.map(({ field, value }) => [field, value] as const) ?? []
        const fields = new Map([...(known.get(id) ?? []), ...values])
        known.set(id, fields)
        return { ...write, fields: [...fields].map(([field, value]) => ({ field, value })) }
      })
      return documents.write(merged, transaction)
    },
  }
}
