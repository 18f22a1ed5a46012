import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Lets through what a driver might throw. */
export class UntypedErrors extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    try {
      return await this.inner.append(writes, transaction)
    } catch {
      throw Object.assign(new Error('duplicate key value violates unique constraint'), { code: '23505' })
    }
  }
}
