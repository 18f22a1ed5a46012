import type { StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Reads outside of the transaction it was given. */
export class BlindTransactions extends DelegatingAdapter {
  override readStream(query: StreamQuery): Promise<readonly StoredEvent[]> {
    return this.inner.readStream(query)
  }
}
