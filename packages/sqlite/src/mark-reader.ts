import type { StreamMark } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { limitTo } from './limit-to.ts'

type MarkRow = Omit<StreamMark, 'closed'> & { readonly closed: number }

/** Reads the marks of streams. */
export class MarkReader {
  readonly #isRemoved: Database.Statement<[number], number>
  readonly #list: Database.Statement<[string, number], MarkRow>

  constructor(database: Database.Database) {
    this.#isRemoved = database
      .prepare<[number], number>('SELECT EXISTS (SELECT 1 FROM eventfold_stream_marks WHERE removed_to >= ?)')
      .pluck()
    this.#list = database.prepare(`
      SELECT stream, closed, first_recorded_at AS firstRecordedAt, removed_to AS removedTo
      FROM eventfold_stream_marks
      WHERE stream > ? AND (closed = 1 OR removed_to IS NOT NULL) ORDER BY stream ${limitTo('?')}`)
  }

  isRemoved(position: number): boolean {
    return this.#isRemoved.get(position) === 1
  }

  list(after: string | undefined, limit: number): readonly StreamMark[] {
    return this.#list.all(after ?? '', limit).map((row) => ({ ...row, closed: row.closed === 1 }))
  }
}
