import { DelegatingAdapter } from './delegating-adapter.ts'

/** Commits whatever the work says. */
export class IgnoredRollback extends DelegatingAdapter {
  override async transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    const outcome = await this.inner.transaction(async (transaction) => {
      const [settled] = await Promise.allSettled([work(transaction)])
      return settled
    })
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }
}
