import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** A full page leads one event too far. */
export class SkippedBoundary extends DelegatingAdapter {
  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    if (page.end) return page
    return { ...page, next: page.next + (query.backwards ? -1 : 1) }
  }
}
