import type { StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Cuts streams off at a hundred events, without a word. */
export class ShortPages extends DelegatingAdapter {
  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.inner.readStream({ ...query, limit: Math.min(query.limit, 100) }, transaction)
  }
}
