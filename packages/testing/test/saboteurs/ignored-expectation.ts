import type { ExpectedVersion } from '@eventfold/core'
import type { StoreAdapter, StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Takes one kind of expectation for 'any'. */
export class IgnoredExpectation extends DelegatingAdapter {
  readonly #ignored: ExpectedVersion

  constructor(inner: StoreAdapter, ignored: ExpectedVersion) {
    super(inner)
    this.#ignored = ignored
  }

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    const changed = writes.map((write) => ({
      ...write,
      expected: write.expected === this.#ignored ? ('any' as const) : write.expected,
    }))
    return this.inner.append(changed, transaction)
  }
}
