import type { DocumentReference, ListedDocument, StoredEvent, TransferAdapter } from '@eventfold/core/adapter'
import type { Calls } from './calls.ts'
import type { Clients } from './clients.ts'
import { DocumentList } from './document-list.ts'
import type { EventImport } from './event-import.ts'
import type { WakeUps } from './wake-ups.ts'

export interface TransferParts {
  readonly calls: Calls
  readonly clients: Clients
  readonly imports: EventImport
  readonly wakeUps: WakeUps
  readonly schema: string
}

/** Moves a schema. */
export class Transfer implements TransferAdapter {
  readonly #parts: TransferParts
  readonly #documents: DocumentList

  constructor(parts: TransferParts) {
    this.#parts = parts
    this.#documents = new DocumentList(parts.schema)
  }

  importEvents(events: readonly StoredEvent[]): Promise<void> {
    const { calls, imports, wakeUps } = this.#parts
    return calls.run(async () => {
      await imports.store(events)
      wakeUps.appended()
    })
  }

  listDocuments(after: DocumentReference | undefined, limit: number): Promise<readonly ListedDocument[]> {
    return this.#parts.clients.read((client) => this.#documents.list(client, after, limit), undefined)
  }
}
