import type {
  LogPage,
  LogQuery,
  StoredEvent,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
} from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Does not look at event ids: a retry is stored again. */
export class StoredTwice extends DelegatingAdapter {
  readonly #given = new Map<string, string>()

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    const renamed = writes.map((write) => ({
      ...write,
      events: write.events.map((event) => {
        const id = crypto.randomUUID()
        this.#given.set(id, event.id)
        return { ...event, id }
      }),
    }))
    return this.inner.append(renamed, transaction)
  }

  override async readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.#rename(await this.inner.readStream(query, transaction))
  }

  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return { ...page, events: this.#rename(page.events) }
  }

  #rename(events: readonly StoredEvent[]): StoredEvent[] {
    return events.map((event) => ({ ...event, id: this.#given.get(event.id) ?? event.id }))
  }
}
