import type { ExpectedVersion } from '@eventfold/core'
import type { EncodedEvent } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { type Place, RowInserts, type Shape, shapeOf } from './row-inserts.ts'

/** The statements that write. They neither judge nor begin a transaction. */
export class EventInserts {
  readonly #rows: Readonly<Record<Shape, RowInserts>>
  readonly #tag: Database.Statement<[string, number]>

  constructor(database: Database.Database) {
    this.#rows = { plain: new RowInserts(database, 'plain'), full: new RowInserts(database, 'full') }
    this.#tag = database.prepare('INSERT INTO eventfold_tags (tag, position) VALUES (?, ?)')
  }

  /**
   * Stores an event at the next version of its stream.
   *
   * @returns its version and position
   * @throws SqliteError a constraint: the stream is not as expected, or the id is stored
   */
  insertNext(stream: string, expected: ExpectedVersion, event: EncodedEvent, recordedAt: number): Place {
    const place = this.#insertNext(stream, expected, event, recordedAt)
    if (event.tags.length > 0) this.#insertTags(event, place[1])
    return place
  }

  /** @returns the position of the last event */
  insert(stream: string, firstVersion: number, events: readonly EncodedEvent[], recordedAt: number): number {
    const shape = events.every((event) => shapeOf(event) === 'plain') ? 'plain' : 'full'
    const position = this.#rows[shape].insertMany(stream, firstVersion, events, recordedAt)
    if (shape === 'plain') return position
    // Nobody else writes meanwhile, so the positions of the events follow one another.
    for (const [place, event] of events.entries()) {
      this.#insertTags(event, position - events.length + 1 + place)
    }
    return position
  }

  #insertNext(stream: string, expected: ExpectedVersion, event: EncodedEvent, recordedAt: number): Place {
    const rows = this.#rows[shapeOf(event)]
    if (expected === 'any') return rows.insertLast(stream, false, event, recordedAt)
    if (expected === 'stream-exists') return rows.insertLast(stream, true, event, recordedAt)
    const version = expected === 'no-stream' ? 0 : expected
    return [version + 1, rows.insertAfter(stream, version, event, recordedAt)]
  }

  #insertTags({ tags }: EncodedEvent, position: number): void {
    for (const tag of tags) this.#tag.run(tag, position)
  }
}
