import type { LogPage, LogQuery, StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Gives microseconds, as the clock of a database does. */
export class FractionalTime extends DelegatingAdapter {
  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return (await this.inner.readStream(query, transaction)).map(withMicroseconds)
  }

  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return { ...page, events: page.events.map(withMicroseconds) }
  }
}

function withMicroseconds(event: StoredEvent): StoredEvent {
  return { ...event, recordedAt: event.recordedAt + 0.123 }
}
