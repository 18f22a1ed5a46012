import type { LogPage, LogQuery, StoredEvent, StreamQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Hands out the same changeable objects to every reader. */
export class SharedObjects extends DelegatingAdapter {
  readonly #rows = new Map<string, StoredEvent>()

  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.#share(await this.inner.readStream(query, transaction))
  }

  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return { ...page, events: this.#share(page.events) }
  }

  #share(events: readonly StoredEvent[]): StoredEvent[] {
    return events.map((event) => {
      const known = this.#rows.get(event.id)
      if (known !== undefined) return known
      const row = { ...event, tags: [...event.tags] }
      this.#rows.set(event.id, row)
      return row
    })
  }
}
