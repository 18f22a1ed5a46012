import { ConcurrencyError } from '@eventfold/core'
import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Reports the version that the stream would have had. */
export class WrongActualVersion extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    try {
      return await this.inner.append(writes, transaction)
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error
      throw new ConcurrencyError(error.stream, error.expected, error.actual + 1)
    }
  }
}
