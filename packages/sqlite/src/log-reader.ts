import type { LogFilter, LogPage, LogQuery } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { hasConditions, LogRange, type Range } from './log-range.ts'
import { type LogParameters, logSql, unfilteredSql } from './log-sql.ts'
import { type EventRow, toEvents } from './rows.ts'

type PageParameters = [after: number, before: number, limit: number]

/**
 * Reads the log. What lies between two events that were found never changes: whatever is written meanwhile comes
 * later. So the statements of a page need no transaction around them.
 */
export class LogReader {
  readonly #database: Database.Database
  readonly #range: LogRange
  readonly #forwards: Database.Statement<PageParameters, EventRow>
  readonly #backwards: Database.Statement<PageParameters, EventRow>
  readonly #pages = new Map<string, Database.Statement<[LogParameters], EventRow>>()
  readonly #head: Database.Statement<[], number>
  readonly #dataVersion: Database.Statement<[], number>
  readonly #wakeUps: Database.Statement<[], number>

  constructor(database: Database.Database) {
    this.#database = database
    this.#range = new LogRange(database)
    this.#forwards = database.prepare<PageParameters, EventRow>(unfilteredSql('ASC'))
    this.#backwards = database.prepare<PageParameters, EventRow>(unfilteredSql('DESC'))
    this.#head = database
      .prepare<[], number>('SELECT coalesce(max(position), 0) FROM eventfold_events')
      .pluck()
    this.#dataVersion = database.prepare<[], number>('PRAGMA data_version').pluck()
    this.#wakeUps = database
      .prepare<[], number>('SELECT coalesce(max(count), 0) FROM eventfold_wake_ups')
      .pluck()
  }

  head(): number {
    return this.#head.get() as number
  }

  /** Changes whenever another connection, in any process, has committed something. */
  dataVersion(): number {
    return this.#dataVersion.get() as number
  }

  /** How often a wake-up without an event was asked for. */
  wakeUps(): number {
    return this.#wakeUps.get() as number
  }

  readPage(query: LogQuery): LogPage {
    return hasConditions(query.filter) ? this.#readFiltered(query) : this.#readUnfiltered(query)
  }

  /** In one statement, which asks for one more: that tells whether there is more. */
  #readUnfiltered({ after, before, backwards, limit }: LogQuery): LogPage {
    const rows = (backwards ? this.#backwards : this.#forwards).all(after, before, limit + 1)
    const end = rows.length <= limit
    if (!end) rows.pop()
    const next = rows.at(-1)?.position ?? (backwards ? before : after)
    return { events: toEvents(rows), next, end }
  }

  #readFiltered(query: LogQuery): LogPage {
    const { backwards, limit, filter } = query
    const readable = this.#range.readable(query)
    if (readable === undefined) return { events: [], next: backwards ? query.before : query.after, end: true }
    const range = this.#range.toScan(readable, filter, backwards)
    const rows = this.#page(filter, backwards).all(this.#parameters(range, filter, limit))
    const lastRow = rows.length === limit ? rows.at(-1) : undefined
    const next = lastRow?.position ?? (backwards ? range.first : range.last)
    return { events: toEvents(rows), next, end: next === (backwards ? readable.first : readable.last) }
  }

  #page(filter: LogFilter, backwards: boolean): Database.Statement<[LogParameters], EventRow> {
    const sql = logSql(filter, backwards)
    const known = this.#pages.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare<[LogParameters], EventRow>(sql)
    this.#pages.set(sql, statement)
    return statement
  }

  #parameters(range: Range, { category, stream, types, tags }: LogFilter, limit: number): LogParameters {
    return {
      ...range,
      limit,
      category,
      stream,
      types: types && JSON.stringify(types),
      ...(stream !== undefined && this.#range.versions(stream, range)),
      ...Object.fromEntries((tags ?? []).map((tag, index) => [`tag${index}`, tag])),
    }
  }
}
