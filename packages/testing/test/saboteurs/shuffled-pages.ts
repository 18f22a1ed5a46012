import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Gives the events of a page in the order of their streams backwards, as several merged queries might. */
export class ShuffledPages extends DelegatingAdapter {
  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return { ...page, events: query.backwards ? page.events : page.events.toReversed() }
  }
}
