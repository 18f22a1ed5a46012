import { EventIdConflictError } from '@eventfold/core'
import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** `ON CONFLICT DO NOTHING`: an event id that is taken is passed over, as if all were well. */
export class DroppedDuplicates extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    try {
      return await this.inner.append(writes, transaction)
    } catch (error) {
      if (!(error instanceof EventIdConflictError)) throw error
      return writes.map(({ stream }) => ({ stream, version: 1, position: 1, duplicate: true }))
    }
  }
}
