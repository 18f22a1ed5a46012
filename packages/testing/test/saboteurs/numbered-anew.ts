import type { StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Counts the versions of a stream from the first event that is left. */
export class NumberedAnew extends DelegatingAdapter {
  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    const info = await this.inner.streamInfo(query.stream, transaction)
    const shift = (info?.firstVersion ?? 1) - 1
    const { from, to } = query
    const shifted = { ...query, from: from + shift, to: Math.min(to + shift, Number.MAX_SAFE_INTEGER) }
    const events = await this.inner.readStream(shifted, transaction)
    return events.map((event) => ({ ...event, version: event.version - shift }))
  }
}
