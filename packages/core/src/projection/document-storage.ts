import type { Delivery } from '../consumer/processor.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { DocumentAdapter } from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import { DocumentCollection } from './document-collection.ts'
import { type AnyDocumentProjection, DocumentFold } from './document-fold.ts'
import { generationName } from './generation-record.ts'
import type { ProjectionStorage } from './projection-storage.ts'

/** The documents of a projection, a collection for each generation. */
export class DocumentStorage<Transaction> implements ProjectionStorage<Transaction> {
  readonly fold: DocumentFold
  readonly mayPartition = true
  readonly #documents: DocumentAdapter<Transaction>
  readonly #store: EventStore<Transaction>

  constructor(
    definition: AnyDocumentProjection,
    store: EventStore<Transaction>,
    documents: DocumentAdapter<Transaction>,
  ) {
    this.fold = new DocumentFold(definition)
    this.#store = store
    this.#documents = documents
  }

  get name(): string {
    return this.fold.definition.name
  }

  get version(): number {
    return this.fold.definition.version
  }

  get filter(): LogFilter {
    return this.fold.filter
  }

  keysOf(event: RecordedEvent): readonly string[] {
    return this.fold.keysOf(event)
  }

  collection(generation: number): DocumentCollection<Transaction> {
    return new DocumentCollection(generationName(this.name, generation), this.fold, {
      documents: this.#documents,
      codec: this.#store.codec,
    })
  }

  async create(): Promise<void> {}

  async apply(generation: number, deliveries: readonly Delivery[], transaction: Transaction): Promise<void> {
    await this.collection(generation).apply(deliveries, transaction)
  }

  async publish(): Promise<void> {}

  async remove(generation: number): Promise<void> {
    await this.#documents.clear(generationName(this.name, generation))
  }
}
