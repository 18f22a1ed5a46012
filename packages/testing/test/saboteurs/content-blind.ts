import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Takes an event for a retry by its id alone, whatever it says. */
export class ContentBlind extends DelegatingAdapter {
  readonly #first = new Map<string, { write: StreamWrite; receipt: StreamReceipt }>()

  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const known = writes.map(({ events }) => this.#first.get(events[0]?.id ?? ''))
    if (known.every((first) => first !== undefined)) {
      return known.map(({ receipt }) => ({ ...receipt, duplicate: true }))
    }
    const receipts = await this.inner.append(writes, transaction)
    for (const [index, write] of writes.entries()) {
      for (const { id } of write.events)
        this.#first.set(id, { write, receipt: receipts[index] as StreamReceipt })
    }
    return receipts
  }
}
