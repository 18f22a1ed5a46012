import type { StoredEvent } from '../event/stored-event.ts'
import { matchesFilter } from '../store/matches-filter.ts'
import type { LogFilter, LogPage, StoreAdapter } from '../store/store-adapter.ts'

/** A reader that has read up to a position, and waits for what comes. */
export interface RestingReader {
  readonly after: number
  readonly filter: LogFilter
  /** Most events that it takes at once. */
  readonly limit: number
  /** Shortest time between two of its looks, in milliseconds. */
  readonly interval: number
  /** Called when another one looks for it as well: from then on it need not look itself. */
  join(page: Promise<LogPage>): void
}

/** Most events that are read for several filters: what only some or none of them let through may be large. */
const mixedPage = 128

/**
 * The end of the log, where the live readers of a store look together: when one of them looks, all others that rest at
 * the same position get what it finds, as if they had looked at that moment.
 */
export class LogTail {
  readonly #adapter: StoreAdapter
  readonly #resting = new Set<RestingReader>()

  constructor(adapter: StoreAdapter) {
    this.#adapter = adapter
  }

  /** Lets a reader join the looks of others, until it looks, joins, or leaves. */
  rest(reader: RestingReader): void {
    this.#resting.add(reader)
  }

  leave(reader: RestingReader): void {
    this.#resting.delete(reader)
  }

  /** Looks now. Readers that want the same get it filtered by the storage; with several filters it gives all, once. */
  look(reader: RestingReader): Promise<LogPage> {
    const { after, interval } = reader
    this.leave(reader)
    const joining = [...this.#resting].filter((other) => other.after === after && other.interval <= interval)
    const key = JSON.stringify(reader.filter)
    const hasOneFilter = joining.every(({ filter }) => JSON.stringify(filter) === key)
    const limit = Math.max(reader.limit, ...joining.map((other) => other.limit))
    const page = this.#adapter.readLog({
      after,
      before: Number.MAX_SAFE_INTEGER,
      backwards: false,
      limit: hasOneFilter ? limit : Math.min(limit, mixedPage),
      filter: hasOneFilter ? reader.filter : {},
    })
    const partOf = (one: RestingReader) => page.then((found) => takePart(found, one, hasOneFilter))
    for (const other of joining) {
      this.leave(other)
      other.join(partOf(other))
    }
    return partOf(reader)
  }
}

function takePart(page: LogPage, { filter, limit }: RestingReader, isFiltered: boolean): LogPage {
  const events = isFiltered ? page.events : page.events.filter((event) => matchesFilter(event, filter))
  if (events.length <= limit) return { ...page, events }
  const taken = events.slice(0, limit)
  return { events: taken, next: (taken.at(-1) as StoredEvent).position, end: false }
}
