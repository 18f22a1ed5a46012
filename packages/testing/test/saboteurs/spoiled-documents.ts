import type { DocumentAdapter, StoreAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Hands calls for documents on to healthy documents, except those that are spoiled. */
export type DocumentSpoiler = (documents: DocumentAdapter) => Partial<DocumentAdapter>

export class SpoiledDocuments extends DelegatingAdapter {
  readonly #documents: DocumentAdapter

  constructor(inner: StoreAdapter, spoil: DocumentSpoiler) {
    super(inner)
    const healthy = super.documents
    this.#documents = {
      read: (references, options) => healthy.read(references, options),
      write: (writes, transaction) => healthy.write(writes, transaction),
      find: (query, transaction) => healthy.find(query, transaction),
      count: (collection, where, transaction) => healthy.count(collection, where, transaction),
      clear: (collection, transaction) => healthy.clear(collection, transaction),
      ...spoil(healthy),
    }
  }

  override get documents(): DocumentAdapter {
    return this.#documents
  }
}
