import type { StoreAdapter, StoredEvent, TransferAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

export type TransferSpoiler = (healthy: TransferAdapter) => Partial<TransferAdapter>

/** Spoils one of the calls that move a store. */
export class SpoiledTransfer extends DelegatingAdapter {
  readonly #spoil: TransferSpoiler

  constructor(inner: StoreAdapter, spoil: TransferSpoiler) {
    super(inner)
    this.#spoil = spoil
  }

  override get transfer(): TransferAdapter {
    const healthy = super.transfer
    return {
      importEvents: (events) => healthy.importEvents(events),
      listDocuments: (after, limit) => healthy.listDocuments(after, limit),
      ...this.#spoil(healthy),
    }
  }
}

/** Imports something else than it was given. */
export const importsChanged =
  (change: (event: StoredEvent, index: number) => Partial<StoredEvent>): TransferSpoiler =>
  (healthy) => ({
    importEvents: (events) =>
      healthy.importEvents(events.map((event, index) => ({ ...event, ...change(event, index) }))),
  })
