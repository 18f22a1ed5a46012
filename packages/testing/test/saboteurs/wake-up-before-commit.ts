import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

export class WakeUpBeforeCommit extends DelegatingAdapter {
  readonly #listeners = new Set<() => void>()

  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const receipts = await this.inner.append(writes, transaction)
    for (const listener of this.#listeners) listener()
    return receipts
  }

  override async onAppend(listener: () => void): Promise<() => Promise<void>> {
    this.#listeners.add(listener)
    return async () => void this.#listeners.delete(listener)
  }
}
