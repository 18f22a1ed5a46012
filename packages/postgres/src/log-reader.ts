import type { LogPage, LogQuery, StoredEvent } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { Connections } from './connections.ts'
import { type Found, logPage, upTo } from './log-page.ts'
import { type Row, run, runAndRead, runBoth, type Statement, statement, type Value } from './statement.ts'
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
  /** The last event that is known to follow those, each appended here. */
  #followed = 0
  /** The last event that a look has come upon, readable or not. */
  #newest = 0
  /** Whether an open append withholds much. */
  #isHeldUp = false

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

  /** As far as it knows, all events up to here are final. */
  get settled(): number {
    return this.#settled
  }

  /** Whether a look has come upon events that an open append withheld, and may do so still. */
  get withholds(): boolean {
    return this.#settled < this.#newest
  }

  /**
   * Notes an event that was committed here. Whether it is known to be final: it follows all that is without a gap, or a
   * look has found it.
   */
  appended(position: number): boolean {
    if (position === Math.max(this.#settled, this.#followed) + 1) this.#followed = position
    return position <= Math.max(this.#settled, this.#followed)
  }

  async head(): Promise<LogHead> {
    return this.#connections.read(async (client) => {
      const [row] = await run(client, this.#head, [this.#settled])
      const [safe, newest] = row as readonly [string, string]
      this.#settle(wholeNumber(safe))
      return { safe: this.#settled, newest: wholeNumber(newest) }
    })
  }

  /** What pg throws is not translated. */
  read(client: ClientBase, query: LogQuery): Promise<LogPage> {
    return query.backwards ? this.#readBackwards(client, query) : this.#readForwards(client, query)
  }

  async #readForwards(client: ClientBase, query: LogQuery): Promise<LogPage> {
    const last = query.before - 1
    const known = this.#settled
    if (query.after < known) {
      const page = await this.#readPage(client, query, Math.min(last, known))
      if (!page.end || last <= known) return page
    } else if (!this.#isHeldUp) {
      return this.#readEnd(client, query)
    }
    const [row] = await run(client, this.#safeHead, safeHeadValues(known, query))
    this.#settle(wholeNumber(row?.[0] as string))
    return this.#readPage(client, query, Math.min(last, this.#settled))
  }

  /** A page behind all that is known to be final, in one round trip: what is not final is cut off here. */
  async #readEnd(client: ClientBase, query: LogQuery): Promise<LogPage> {
    const last = query.before - 1
    const find = {
      statement: this.#safeHead,
      values: safeHeadValues(this.#settled, query),
      read: ([position]: Row) => wholeNumber(position as string),
    }
    const page = logPage(this.#schema, query, last)
    const [[final], rows] = await runBoth(client, find, page.call)
    this.#settle(final as number)
    const found = page.found(rows)
    this.#newest = Math.max(this.#newest, found.scanned ?? 0)
    // Not by what is settled: others may know more than these rows hold.
    const bound = Math.min(last, final as number)
    const readable = upTo(bound, found)
    this.#isHeldUp = found.events.length - readable.events.length >= muchForNothing
    return bound <= query.after ? nothing(query) : this.#toPage(client, query, readable, bound)
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

  #settle(position: number): void {
    if (position <= this.#settled) return
    this.#settled = position
    this.#isHeldUp = false
  }

  /** A page of the final part of the log, up to `last`. */
  async #readPage(client: ClientBase, query: LogQuery, last: number): Promise<LogPage> {
    if (last <= query.after) return nothing(query)
    const { call, found } = logPage(this.#schema, query, last)
    const rows = await runAndRead(client, call.statement, call.values, call.read)
    return this.#toPage(client, query, found(rows), last)
  }

  async #toPage(client: ClientBase, query: LogQuery, found: Found, last: number): Promise<LogPage> {
    const { after, backwards, limit } = query
    const { events, scanned, isLast } = found
    if (events.length > limit) {
      // One more was asked for, which tells that there is more.
      const taken = events.slice(0, limit)
      return { events: taken, next: (taken.at(-1) as StoredEvent).position, end: false }
    }
    if (scanned === undefined) return nothing(query)
    if (isLast !== undefined) return { events, next: scanned, end: isLast }
    const [first, final] = backwards ? [after, scanned - 1] : [scanned, last]
    // It may have ended at a gap.
    return { events, next: scanned, end: final <= first || !(await this.#isAny(client, first, final)) }
  }

  /** Whether there is an event after one position, up to another. */
  async #isAny(client: ClientBase, after: number, last: number): Promise<boolean> {
    const [row] = await run(client, this.#any, [after, last])
    return row?.[0] === 't'
  }
}

/** So many events that are withheld are not read again and again. */
const muchForNothing = 64

/** What an integer of Postgres holds. */
const largestPage = 2_147_483_647

function safeHeadValues(known: number, { limit }: LogQuery): readonly Value[] {
  return [known, Math.min(limit, largestPage)]
}

function nothing({ after, before, backwards }: LogQuery): LogPage {
  return { events: [], next: backwards ? before : after, end: true }
}
