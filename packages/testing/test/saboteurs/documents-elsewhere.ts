import type { DocumentAdapter, StoreAdapter } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Keeps documents in another database than the events, so a transaction does not reach them. */
export class DocumentsElsewhere extends DelegatingAdapter {
  readonly #elsewhere: DocumentAdapter

  constructor(inner: StoreAdapter) {
    super(inner)
    this.#elsewhere = (openMemory().adapter as StoreAdapter).documents as DocumentAdapter
  }

  override get documents(): DocumentAdapter {
    return {
      read: (references) => this.#elsewhere.read(references),
      write: (writes) => this.#elsewhere.write(writes),
      find: (query) => this.#elsewhere.find(query),
      count: (collection, where) => this.#elsewhere.count(collection, where),
      clear: (collection) => this.#elsewhere.clear(collection),
    }
  }
}
