import type { StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Gives positions for versions, which grow as well. */
export class GapsInVersions extends DelegatingAdapter {
  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    const events = await this.inner.readStream(query, transaction)
    return events.map((event) => ({ ...event, version: event.position }))
  }
}
