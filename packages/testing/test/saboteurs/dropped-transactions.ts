import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Appends at once what belongs to a transaction. */
export class DroppedTransactions extends DelegatingAdapter {
  override append(writes: readonly StreamWrite[]): Promise<readonly StreamReceipt[]> {
    return this.inner.append(writes)
  }
}
