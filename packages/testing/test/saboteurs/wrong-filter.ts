import type { LogFilter, LogPage, LogQuery, StoreAdapter, StoredEvent } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Filters by a rule of its own. */
export class WrongFilter extends DelegatingAdapter {
  readonly #matches: (event: StoredEvent, filter: LogFilter) => boolean

  constructor(inner: StoreAdapter, matches: (event: StoredEvent, filter: LogFilter) => boolean) {
    super(inner)
    this.#matches = matches
  }

  override async readLog(query: LogQuery): Promise<LogPage> {
    const all = await this.inner.readLog({ ...query, filter: {}, limit: Number.MAX_SAFE_INTEGER })
    const matching = all.events.filter((event) => this.#matches(event, query.filter))
    const events = matching.slice(0, query.limit)
    if (events.length === matching.length) return { ...all, events }
    return { events, next: events.at(-1)?.position ?? all.next, end: false }
  }
}

/** Takes a category for a mere prefix. */
export function byPrefix({ stream, type, tags }: StoredEvent, filter: LogFilter): boolean {
  return (
    stream.startsWith(filter.category ?? '') &&
    (filter.stream ?? stream) === stream &&
    (filter.types?.includes(type) ?? true) &&
    (filter.tags?.every((tag) => tags.includes(tag)) ?? true)
  )
}

/** Is content with one of several tags. */
export function byAnyTag(event: StoredEvent, filter: LogFilter): boolean {
  const found = filter.tags?.some((tag) => event.tags.includes(tag)) ?? true
  const { tags: _, ...rest } = filter
  return found && byPrefix(event, { ...rest, ...(rest.category && { category: `${rest.category}-` }) })
}
