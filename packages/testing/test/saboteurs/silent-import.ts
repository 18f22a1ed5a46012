import type { TransferAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Wakes nobody when it imports. */
export class SilentImport extends DelegatingAdapter {
  #isImporting = false

  override get transfer(): TransferAdapter {
    const healthy = super.transfer
    return {
      importEvents: async (events) => {
        this.#isImporting = true
        await healthy.importEvents(events)
        await new Promise((resolve) => setTimeout(resolve, 1))
        this.#isImporting = false
      },
      listDocuments: (after, limit) => healthy.listDocuments(after, limit),
    }
  }

  override onAppend(listener: () => void): Promise<() => Promise<void>> {
    return this.inner.onAppend(() => {
      if (!this.#isImporting) listener()
    })
  }
}
