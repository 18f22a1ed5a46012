import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

export class NoVersionCheck extends DelegatingAdapter {
  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return this.inner.append(
      writes.map((write) => ({ ...write, expected: 'any' })),
      transaction,
    )
  }
}
