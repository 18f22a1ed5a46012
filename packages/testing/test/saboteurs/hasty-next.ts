import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** The last page leads to a position that no event has yet, as the value of a sequence would. */
export class HastyNext extends DelegatingAdapter {
  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return page.end && !query.backwards ? { ...page, next: page.next + 1 } : page
  }
}
