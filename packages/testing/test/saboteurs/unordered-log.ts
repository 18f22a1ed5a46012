import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Gives the log by stream. */
export class UnorderedLog extends DelegatingAdapter {
  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return { ...page, events: page.events.toSorted((a, b) => (a.stream < b.stream ? -1 : 1)) }
  }
}
