import { DocumentConflictError } from '@eventfold/core'
import type { DocumentAdapter, DocumentWrite } from '@eventfold/core/adapter'
import type { DocumentSpoiler } from './spoiled-documents.ts'

const changing = (documents: DocumentAdapter, change: (write: DocumentWrite) => DocumentWrite) => ({
  write: (writes: readonly DocumentWrite[], transaction?: unknown) =>
    documents.write(writes.map(change), transaction),
})

/** Writes whatever is expected. */
export const comparesNothing: DocumentSpoiler = (documents) =>
  changing(documents, (write) => ({ ...write, expected: undefined }))

/** Replaces a document where none is expected. */
export const replacesAlways: DocumentSpoiler = (documents) =>
  changing(documents, (write) => ({ ...write, expected: write.expected ?? undefined }))

export const changesText =
  (change: (text: string) => string): DocumentSpoiler =>
  (documents) =>
    changing(documents, (write) => ({ ...write, data: write.data && change(write.data) }))

/** Writes JSON anew, as `jsonb` does, and leaves other text alone. */
export function rewriteJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

/** Writes one document after the other, each for itself. */
export const writesOneByOne: DocumentSpoiler = (documents) => ({
  async write(writes, transaction) {
    for (const write of writes) await documents.write([write], transaction)
  },
})

/** Compares first, and writes then. */
export const comparesBefore: DocumentSpoiler = (documents) => ({
  async write(writes, transaction) {
    const found = await documents.read(writes, { transaction })
    for (const [index, { collection, key, expected }] of writes.entries()) {
      if (expected !== undefined && expected !== (found[index] ?? null)) {
        throw new DocumentConflictError(collection, key)
      }
    }
    await comparesNothing(documents).write?.(writes, transaction)
  },
})

/** Names another document than the first. */
export const comparesFromTheEnd: DocumentSpoiler = (documents) => ({
  write: (writes, transaction) => documents.write(writes.toReversed(), transaction),
})

/** Clears other collections as well. */
export const clearsOthers = (isCleared: (other: string, collection: string) => boolean): DocumentSpoiler => {
  return (documents) => {
    const collections = new Set<string>()
    return {
      write(writes, transaction) {
        for (const { collection } of writes) collections.add(collection)
        return documents.write(writes, transaction)
      },
      async clear(collection, transaction) {
        for (const other of collections) {
          if (isCleared(other, collection)) await documents.clear(other, transaction)
        }
      },
    }
  }
}
