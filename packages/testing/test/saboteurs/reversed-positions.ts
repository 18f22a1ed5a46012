import type { LogPage, LogQuery, StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Positions of every pair of neighbours are exchanged, so those of a stream do not grow with its versions. */
export class ReversedPositions extends DelegatingAdapter {
  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    const events = await this.inner.readStream(query, transaction)
    return this.#exchange(events)
  }

  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    const direction = query.backwards ? -1 : 1
    const events = this.#exchange(page.events).sort((a, b) => direction * (a.position - b.position))
    return { ...page, events }
  }

  #exchange(events: readonly StoredEvent[]): StoredEvent[] {
    return events.map((event) => ({
      ...event,
      position: event.position + (event.position % 2 === 0 ? -1 : 1),
    }))
  }
}
