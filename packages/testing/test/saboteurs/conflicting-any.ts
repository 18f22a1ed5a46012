import { ConcurrencyError } from '@eventfold/core'
import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Reads the version for 'any' and then insists on it, so that concurrent appends conflict. */
export class ConflictingAny extends DelegatingAdapter {
  #appends = 0

  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const [write] = writes as readonly [StreamWrite]
    const { stream, expected } = write
    if (writes.length > 1 || expected !== 'any') return this.inner.append(writes, transaction)
    const info = await this.inner.streamInfo(stream, transaction)
    await new Promise((resolve) => setTimeout(resolve, this.#appends++ % 3))
    const actual = (await this.inner.streamInfo(stream, transaction))?.version ?? 0
    if (actual !== (info?.version ?? 0)) throw new ConcurrencyError(stream, expected, actual)
    return this.inner.append(writes, transaction)
  }
}
