import type { DocumentReference, ListedDocument, StoredEvent, TransferAdapter } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import type { Access } from './access.ts'
import { DocumentList } from './document-list.ts'

/** Moves a file. Imports are transactions of the store's own, in turn with its appends, also where a thread writes those. */
export class Transfer implements TransferAdapter {
  readonly #access: Access
  readonly #documents: DocumentList

  constructor(access: Access, reader: Database.Database) {
    this.#access = access
    this.#documents = new DocumentList(reader)
  }

  importEvents(events: readonly StoredEvent[]): Promise<void> {
    return this.#access.write(undefined, (prepared) => prepared.import.store(events))
  }

  listDocuments(after: DocumentReference | undefined, limit: number): Promise<readonly ListedDocument[]> {
    return this.#access.read(() => this.#documents.list(after, limit))
  }
}
