import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Writes the metadata of an event anew whenever it reads it, each time in another way. */
export class UnsteadyLog extends DelegatingAdapter {
  #reads = 0

  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    const space = ' '.repeat(this.#reads++)
    return { ...page, events: page.events.map((event) => ({ ...event, metadata: event.metadata + space })) }
  }
}
