import type { LogPage, LogQuery, StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Positions are given out when an append starts and shown when it ends, as with a sequence in a database. */
export class LateArrival extends DelegatingAdapter {
  readonly #hidden = new Set<string>()
  #appends = 0

  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const receipts = await this.inner.append(writes, transaction)
    if (receipts.some(({ duplicate }) => duplicate)) return receipts
    const ids = writes.flatMap(({ events }) => events.map(({ id }) => id))
    for (const id of ids) this.#hidden.add(id)
    await new Promise((resolve) => setTimeout(resolve, this.#appends++ % 3))
    for (const id of ids) this.#hidden.delete(id)
    return receipts
  }

  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return { ...page, events: page.events.filter(({ id }) => !this.#hidden.has(id)) }
  }
}
