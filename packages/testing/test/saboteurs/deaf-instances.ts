import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { SharedAdapter } from './shared-adapter.ts'

/** Says that wake-ups reach the network, and wakes its own listeners only. */
export class DeafInstances extends SharedAdapter {
  readonly #own = new Set<() => void>()

  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const receipts = await super.append(writes, transaction)
    if (transaction === undefined) for (const listener of this.#own) queueMicrotask(listener)
    return receipts
  }

  override async transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    const result = await super.transaction(work)
    for (const listener of this.#own) queueMicrotask(listener)
    return result
  }

  override async onAppend(listener: () => void): Promise<() => Promise<void>> {
    await this.head()
    const entry = () => listener()
    this.#own.add(entry)
    return async () => void this.#own.delete(entry)
  }
}
