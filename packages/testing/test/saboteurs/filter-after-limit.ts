import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Reads a page, filters it, and takes a page that is not full for the end. */
export class FilterAfterLimit extends DelegatingAdapter {
  override async readLog(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog({ ...query, filter: {} })
    const matching = await this.inner.readLog({ ...query, limit: Number.MAX_SAFE_INTEGER })
    const ids = new Set(matching.events.map(({ id }) => id))
    const events = page.events.filter(({ id }) => ids.has(id))
    return { ...page, events, end: page.end || events.length < query.limit }
  }
}
