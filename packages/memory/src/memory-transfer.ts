import type { DocumentReference, ListedDocument, StoredEvent, TransferAdapter } from '@eventfold/core/adapter'
import type { MemoryDocuments } from './memory-documents.ts'
import type { MemoryLog } from './memory-log.ts'
import type { TransactionTurns } from './transaction-turns.ts'

/** Moves a store in memory: what is imported comes in one step, between transactions. */
export class MemoryTransfer implements TransferAdapter {
  readonly #log: MemoryLog
  readonly #documents: MemoryDocuments
  readonly #turns: TransactionTurns
  readonly #wakeUp: () => void

  constructor(log: MemoryLog, documents: MemoryDocuments, turns: TransactionTurns, wakeUp: () => void) {
    this.#log = log
    this.#documents = documents
    this.#turns = turns
    this.#wakeUp = wakeUp
  }

  importEvents(events: readonly StoredEvent[]): Promise<void> {
    return this.#turns.whenFree(undefined, () => {
      this.#log.import(events)
      this.#wakeUp()
    })
  }

  async listDocuments(
    after: DocumentReference | undefined,
    limit: number,
  ): Promise<readonly ListedDocument[]> {
    this.#turns.check(undefined)
    return this.#documents.list(after, limit)
  }
}
