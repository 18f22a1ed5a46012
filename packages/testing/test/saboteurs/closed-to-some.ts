import { isEventfoldError } from '@eventfold/core'
import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Opens a closed stream for those who expect nothing. */
export class ClosedToSome extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    try {
      return await this.inner.append(writes, transaction)
    } catch (error) {
      const isWelcome = writes.every(({ expected }) => expected === 'any')
      if (!isEventfoldError(error, 'stream-closed') || !isWelcome || transaction !== undefined) throw error
      return this.inner.transaction(async (open) => {
        for (const { stream } of writes) await this.maintenance.setClosed(stream, false, open)
        const receipts = await this.inner.append(writes, open)
        await this.maintenance.setClosed(error.stream, true, open)
        return receipts
      })
    }
  }
}
