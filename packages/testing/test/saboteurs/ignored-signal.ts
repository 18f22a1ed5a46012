import { DelegatingAdapter } from './delegating-adapter.ts'

/** A transaction ends when its work does, whatever its signal says. */
export class IgnoredSignal extends DelegatingAdapter {
  override transaction<Result>(work: (transaction: unknown) => Promise<Result>): Promise<Result> {
    return this.inner.transaction(work)
  }
}
