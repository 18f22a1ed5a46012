import type { LogPage, LogQuery, StoredEvent } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { Connections } from './connections.ts'
import { readEvent } from './event-row.ts'
import { logStatement, unfilteredLogStatement } from './log-statement.ts'
import { type Row, run, runAndRead, type Statement, statement } from './statement.ts'
import { wholeNumber } from './whole-number.ts'

/** What is known of the end of the log. */
export interface LogHead {
  /** Position of the last readable event. */
  readonly safe: number
  /** Position of the last committed event, which an open append before it may still withhold. */
  readonly newest: number
}

/**
 * Reads the log up to where it is final. That is asked for in one statement and read in a later one, whose snapshot is
 * newer: `safe_head` tells why.
 */
export class LogReader {
  readonly #connections: Connections
  readonly #schema: string
  readonly #safeHead: Statement
  readonly #head: Statement
  readonly #any: Statement
  /**
   * All events up to here are final, and this one is committed: what lies before needs no look at the writers. A
   * crash of the server cannot give out such a position again.
   */
  #settled = 0

  constructor(connections: Connections, schema: string) {
    this.#connections = connections
    this.#schema = schema
    this.#safeHead = statement('safe_head', `SELECT "${schema}".safe_head($1, $2)`)
    this.#any = statement(
      'any_event',
      `SELECT EXISTS (SELECT FROM "${schema}".events WHERE position > $1 AND position <= $2)`,
    )
    this.#head = statement('head', `SELECT safe, newest FROM "${schema}".head($1)`)
  }

  async head(): Promise<LogHead> {
    return this.#connections.read(async (client) => {
      const [row] = await run(client, this.#head, [this.#settled])
      const [safe, newest] = row as readonly [string, string]
      this.#settle(wholeNumber(safe))
      return { safe: this.#settled, newest: wholeNumber(newest) }
    })
  }

  readLog(query: LogQuery): Promise<LogPage> {
    return this.#connections.readAgain((client) =>
      query.backwards ? this.#readBackwards(client, query) : this.#readForwards(client, query),
    )
  }

  async #readForwards(client: ClientBase, query: LogQuery): Promise<LogPage> {
    const last = query.before - 1
    let known = this.#settled
    if (query.after < known) {
      const page = await this.#readPage(client, query, Math.min(last, known))
      if (!page.end || last <= known) return page
    }
    known = await this.#findSafeHead(client, known, query.limit)
    return this.#readPage(client, query, Math.min(last, known))
  }

  async #readBackwards(client: ClientBase, query: LogQuery): Promise<LogPage> {
    const last = query.before - 1
    // Nothing is known of the end unless all of it is asked for.
    if (last > this.#settled) {
      const [row] = await run(client, this.#head, [this.#settled])
      this.#settle(wholeNumber(row?.[0] as string))
    }
    return this.#readPage(client, query, Math.min(last, this.#settled))
  }

  async #findSafeHead(client: ClientBase, known: number, limit: number): Promise<number> {
    const page = Math.min(limit, largestPage)
    const [row] = await run(client, this.#safeHead, [known, page])
    this.#settle(wholeNumber(row?.[0] as string))
    return this.#settled
  }

  #settle(position: number): void {
    if (position > this.#settled) this.#settled = position
  }

  /** A page of the final part of the log, up to `last`. */
  #readPage(client: ClientBase, query: LogQuery, last: number): Promise<LogPage> {
    const start = query.backwards ? query.before : query.after
    if (last <= query.after) return Promise.resolve({ events: [], next: start, end: true })
    const isFiltered = Object.values(query.filter).some((part) => part !== undefined)
    return isFiltered ? this.#readFiltered(client, query, last) : this.#readUnfiltered(client, query, last)
  }

  async #readUnfiltered(client: ClientBase, query: LogQuery, last: number): Promise<LogPage> {
    const { after, before, backwards, limit } = query
    const page = unfilteredLogStatement(this.#schema, backwards)
    const events = await runAndRead(client, page, [after, last, limit + 1], readEvent)
    if (events.length > limit) return fullPage(events, limit)
    if (events.length === 0) return { events, next: backwards ? before : after, end: true }
    const { position: next } = events.at(-1) as StoredEvent
    const [first, final] = backwards ? [after, next - 1] : [next, last]
    // It may have ended at a gap.
    return { events, next, end: final <= first || !(await this.#isAny(client, first, final)) }
  }

  async #readFiltered(client: ClientBase, query: LogQuery, last: number): Promise<LogPage> {
    const { after, before, backwards, limit } = query
    const { statement: page, values, hasIndex } = logStatement(this.#schema, query)
    const reach = hasIndex ? Number.MAX_SAFE_INTEGER : Math.max(leastReach, limit * 2)
    const rows = await runAndRead(client, page, [after, last, limit + 1, reach, ...values], readJoined)
    const [{ scanned, isLast, event: first }] = rows as readonly [JoinedRow]
    // The join gives one row without an event where none matches.
    const events = first === undefined ? [] : rows.map(({ event }) => event as StoredEvent)
    if (events.length > limit) return fullPage(events, limit)
    if (scanned === undefined) return { events: [], next: backwards ? before : after, end: true }
    return { events, next: scanned, end: isLast }
  }

  /** Whether there is an event after one position, up to another. */
  async #isAny(client: ClientBase, after: number, last: number): Promise<boolean> {
    const [row] = await run(client, this.#any, [after, last])
    return row?.[0] === 't'
  }
}

/** Fewest positions that a page looks at where no index leads to what matches. */
const leastReach = 2_000

/** The statement asks for one more, which tells that there is more. */
function fullPage(events: readonly StoredEvent[], limit: number): LogPage {
  const taken = events.slice(0, limit)
  return { events: taken, next: (taken.at(-1) as StoredEvent).position, end: false }
}

/** What an integer of Postgres holds. */
const largestPage = 2_147_483_647

interface JoinedRow {
  /** The last position that was looked at, if there is any, and whether it is the last of all. */
  readonly scanned: number | undefined
  readonly isLast: boolean
  readonly event: StoredEvent | undefined
}

function readJoined(row: Row): JoinedRow {
  const [scanned, isLast, position] = row
  return {
    scanned: typeof scanned === 'string' ? wholeNumber(scanned) : undefined,
    isLast: isLast === 't',
    event: typeof position === 'string' ? readEvent(row, 2) : undefined,
  }
}
