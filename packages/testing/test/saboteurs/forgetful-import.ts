import type { StreamReceipt, StreamWrite, TransferAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Does not remember, for the appends that follow, what an import has taken. */
export class ForgetfulImport extends DelegatingAdapter {
  readonly #forgets: 'position' | 'version'
  #taken = 0

  constructor(inner: DelegatingAdapter['inner'], forgets: 'position' | 'version') {
    super(inner)
    this.#forgets = forgets
  }

  override get transfer(): TransferAdapter {
    const healthy = super.transfer
    return {
      importEvents: async (events) => {
        await healthy.importEvents(events)
        this.#taken = Math.max(...events.map((event) => event[this.#forgets]))
      },
      listDocuments: (after, limit) => healthy.listDocuments(after, limit),
    }
  }

  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const receipts = await this.inner.append(writes, transaction)
    return receipts.map((receipt) => ({
      ...receipt,
      [this.#forgets]: receipt[this.#forgets] - (receipt.duplicate ? 0 : this.#taken),
    }))
  }
}
