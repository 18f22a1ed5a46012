import type { StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Takes a stream without its first version for none. */
export class BegunAnew extends DelegatingAdapter {
  override async append(
    writes: readonly StreamWrite[],
    transaction?: unknown,
  ): Promise<readonly StreamReceipt[]> {
    const eased = await Promise.all(
      writes.map(async (write) => {
        if (write.expected !== 'no-stream') return write
        const info = await this.inner.streamInfo(write.stream, transaction)
        return (info?.firstVersion ?? 1) > 1 ? { ...write, expected: 'any' as const } : write
      }),
    )
    return this.inner.append(eased, transaction)
  }
}
