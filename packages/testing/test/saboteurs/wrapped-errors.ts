import { StoreFailureError } from '@eventfold/core'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Hides the error of the work behind one of its own. */
export class WrappedErrors extends DelegatingAdapter {
  override async transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    try {
      return await this.inner.transaction(work)
    } catch (cause) {
      throw new StoreFailureError('rolled back', { cause })
    }
  }
}
