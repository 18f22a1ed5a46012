import { ConcurrencyError } from '@eventfold/core'
import { meetsExpectation, type StreamReceipt, type StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Checks expectations, and appends in a step of its own. */
export class CheckBeforeAppend extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    for (const { stream, expected } of writes) {
      const info = await this.inner.streamInfo(stream, transaction)
      const actual = info?.version ?? 0
      if (!meetsExpectation(expected, actual)) throw new ConcurrencyError(stream, expected, actual)
    }
    return this.inner.append(
      writes.map((write) => ({ ...write, expected: 'any' })),
      transaction,
    )
  }
}
