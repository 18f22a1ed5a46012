import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Appends to several streams one after the other. */
export class StreamByStream extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const receipts: StreamReceipt[] = []
    for (const write of writes) receipts.push(...(await this.inner.append([write], transaction)))
    return receipts
  }
}
