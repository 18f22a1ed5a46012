import type { LogPage, LogQuery } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Healthy while a reader catches up, and spoiled for one that has been at the head of the log. */
abstract class LiveLog extends DelegatingAdapter {
  readonly #heads = new Set<number>()

  protected abstract readLive(query: LogQuery): Promise<LogPage>

  override async readLog(query: LogQuery): Promise<LogPage> {
    const isLive = !query.backwards && this.#heads.has(query.after)
    const page = await (isLive ? this.readLive(query) : this.inner.readLog(query))
    if (isLive || page.end) this.#heads.add(page.next)
    return page
  }
}

/** Live, a full page leads one event too far. */
export class SkippedLiveBoundary extends LiveLog {
  protected override async readLive(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return page.end ? page : { ...page, next: page.next + 1 }
  }
}

/** Live, a page leads to where the log will end with the next event. */
export class HastyLiveNext extends LiveLog {
  protected override async readLive(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    return page.end && page.events.length > 0 ? { ...page, next: page.next + 1 } : page
  }
}

/** The first page after catching up begins with the last event of before. */
export class RepeatedSeam extends LiveLog {
  #isDone = false

  protected override async readLive(query: LogQuery): Promise<LogPage> {
    const page = await this.inner.readLog(query)
    if (page.events.length === 0 || this.#isDone) return page
    this.#isDone = true
    return this.inner.readLog({ ...query, after: query.after - 1 })
  }
}
