import type { FoldRow, StoredEvent, StreamInfo, StreamQuery } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { limitTo } from './limit-to.ts'
import { type EventRow, eventColumns, type FoldColumns, foldColumns, toEvents, toFoldRow } from './rows.ts'

type StreamParameters = [stream: string, from: number, to: number, limit: number]
type InfoRow = Readonly<
  Record<'version' | 'firstVersion' | 'first' | 'last', number> &
    Record<'removedFirst' | 'closed', number | null>
>

/** Reads streams on one handle: the reader of a store, or an open transaction. */
export class StreamReader {
  readonly #forwards: Database.Statement<StreamParameters, EventRow>
  readonly #backwards: Database.Statement<StreamParameters, EventRow>
  readonly #foldAll: Database.Statement<[stream: string, limit: number], FoldColumns>
  readonly #foldForwards: Database.Statement<StreamParameters, FoldColumns>
  readonly #foldBackwards: Database.Statement<StreamParameters, FoldColumns>
  readonly #info: Database.Statement<[string, string, string], InfoRow>

  constructor(database: Database.Database) {
    const prepare = <Row>(columns: string, order: 'ASC' | 'DESC') =>
      database.prepare<StreamParameters, Row>(streamSql(columns, order)).safeIntegers(false)
    this.#forwards = prepare(eventColumns, 'ASC')
    this.#backwards = prepare(eventColumns, 'DESC')
    this.#foldAll = database
      .prepare<[string, number], FoldColumns>(wholeStreamSql(foldColumns))
      .safeIntegers(false)
      .raw()
    this.#foldForwards = prepare<FoldColumns>(foldColumns, 'ASC').raw()
    this.#foldBackwards = prepare<FoldColumns>(foldColumns, 'DESC').raw()
    this.#info = database.prepare<[string, string, string], InfoRow>(infoSql).safeIntegers(false)
  }

  readStream({ stream, from, to, backwards, limit }: StreamQuery): readonly StoredEvent[] {
    const statement = backwards ? this.#backwards : this.#forwards
    return toEvents(statement.all(stream, from, to, limit))
  }

  readFold({ stream, from, to, backwards, limit }: StreamQuery): readonly FoldRow[] {
    if (from === 1 && to === Number.MAX_SAFE_INTEGER && !backwards) {
      return this.#foldAll.all(stream, limit).map(toFoldRow)
    }
    const statement = backwards ? this.#foldBackwards : this.#foldForwards
    return statement.all(stream, from, to, limit).map(toFoldRow)
  }

  streamInfo(stream: string): StreamInfo | undefined {
    const row = this.#info.get(stream, stream, stream)
    return (
      row && {
        stream,
        version: row.version,
        firstVersion: row.firstVersion,
        firstRecordedAt: new Date(row.removedFirst ?? row.first),
        lastRecordedAt: new Date(row.last),
        closed: row.closed === 1,
      }
    )
  }
}

/** Without a range, which costs a short stream a tenth of its time. */
export function wholeStreamSql(columns: string): string {
  return `SELECT ${columns} FROM eventfold_events WHERE stream = ? ORDER BY version ${limitTo('?')}`
}

export function streamSql(columns: string, order: 'ASC' | 'DESC'): string {
  return `
    SELECT ${columns} FROM eventfold_events
    WHERE stream = ? AND version BETWEEN ? AND ?
    ORDER BY version ${order} ${limitTo('?')}`
}

const infoSql = `
  SELECT last.version, first.version AS firstVersion, first.recorded_at AS first, last.recorded_at AS last,
    marks.first_recorded_at AS removedFirst, marks.closed
  FROM (SELECT version, recorded_at FROM eventfold_events WHERE stream = ? ORDER BY version LIMIT 1) AS first,
    (SELECT version, recorded_at FROM eventfold_events WHERE stream = ? ORDER BY version DESC LIMIT 1) AS last
    LEFT JOIN eventfold_stream_marks marks ON marks.stream = ?`
