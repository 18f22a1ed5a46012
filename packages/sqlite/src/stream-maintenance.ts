import type { StreamMark } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'

/** The triggers that keep events; the one that keeps the last event of all stays on guard. */
const guards = ['eventfold_events_no_delete', 'eventfold_tags_no_delete']

/** Closes streams and removes events, in the open transaction of one handle. It begins and ends none. */
export class StreamMaintenance {
  readonly #database: Database.Database
  readonly #close: Database.Statement<[number, string]>
  readonly #mark: Database.Statement<[string, number]>
  readonly #put: Database.Statement<[string, number, number | null, number | null]>
  readonly #trigger: Database.Statement<[string], string>

  constructor(database: Database.Database) {
    this.#database = database
    this.#close = database.prepare(`
      INSERT INTO eventfold_stream_marks (stream, closed)
      SELECT stream, ? FROM eventfold_events WHERE stream = ? LIMIT 1
      ON CONFLICT (stream) DO UPDATE SET closed = excluded.closed`)
    this.#mark = database.prepare(markSql)
    this.#put = database.prepare(`
      INSERT OR REPLACE INTO eventfold_stream_marks (stream, closed, first_recorded_at, removed_to)
      VALUES (?, ?, ?, ?)`)
    this.#trigger = database
      .prepare<[string], string>(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?`)
      .pluck()
  }

  setClosed(stream: string, isClosed: boolean): void {
    this.#close.run(isClosed ? 1 : 0, stream)
  }

  /**
   * Takes the triggers away, deletes, and puts them back as they were. Nobody else writes meanwhile, and nobody ever sees
   * a schema without them: it is part of the transaction.
   */
  removeBefore(stream: string, before: number): void {
    const triggers = guards.map((name) => this.#trigger.get(name) as string)
    for (const name of guards) this.#database.exec(`DROP TRIGGER ${name}`)
    this.#mark.run(stream, before)
    this.#database.prepare(tagsSql).run(stream, before)
    this.#database
      .prepare('DELETE FROM eventfold_events WHERE stream = ? AND version < ?')
      .run(stream, before)
    for (const sql of triggers) this.#database.exec(sql)
  }

  putMarks(marks: readonly StreamMark[]): void {
    for (const { stream, closed, firstRecordedAt, removedTo } of marks) {
      this.#put.run(stream, closed ? 1 : 0, firstRecordedAt, removedTo)
    }
  }
}

/** What is known of the first event stays as it is where that was removed before. */
const markSql = `
  INSERT INTO eventfold_stream_marks (stream, closed, first_recorded_at, removed_to)
  SELECT stream, 0, (SELECT recorded_at FROM eventfold_events first WHERE first.stream = last.stream ORDER BY version LIMIT 1),
    position
  FROM eventfold_events last WHERE stream = ? AND version < ? ORDER BY version DESC LIMIT 1
  ON CONFLICT (stream) DO UPDATE SET
    first_recorded_at = coalesce(first_recorded_at, excluded.first_recorded_at),
    removed_to = excluded.removed_to`

const tagsSql = `
  DELETE FROM eventfold_tags WHERE (tag, position) IN (
    SELECT tag.value, position FROM eventfold_events, json_each(tags) AS tag WHERE stream = ? AND version < ?)`
