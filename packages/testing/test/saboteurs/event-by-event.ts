import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Stores the events of an append one after the other, and stops at the first that fails. */
export class EventByEvent extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const receipts: StreamReceipt[] = []
    for (const write of writes) {
      let receipt: StreamReceipt | undefined
      for (const event of write.events) {
        const expected = receipt === undefined ? write.expected : receipt.version
        const [next] = await this.inner.append([{ ...write, expected, events: [event] }], transaction)
        receipt = next
      }
      receipts.push(receipt as StreamReceipt)
    }
    return receipts
  }
}
