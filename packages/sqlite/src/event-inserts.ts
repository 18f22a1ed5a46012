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
   * Stores an event at the next version of its stream, if the stream is as expected. Where it must not exist, the
   * unique index says so.
   *
   * @returns its version and position; undefined, and nothing stored, if the stream is not as expected
   */
  insertNext(
    stream: string,
    expected: ExpectedVersion,
    event: EncodedEvent,
    recordedAt: number,
  ): Place | undefined {
    const rows = this.#rows[shapeOf([event])]
    const stored =
      expected === 'any' || expected === 'stream-exists'
        ? rows.insertLast(stream, expected === 'any' ? 0 : 1, event, recordedAt)
        : rows.insertAfter(stream, expected === 'no-stream' ? 0 : expected, event, recordedAt)
    if (stored !== undefined) this.#insertTags(event, stored[1])
    return stored
  }

  /** @returns the position of the last event */
  insert(stream: string, firstVersion: number, events: readonly EncodedEvent[], recordedAt: number): number {
    const shape = shapeOf(events)
    const position = this.#rows[shape].insertMany(stream, firstVersion, events, recordedAt)
    if (shape === 'plain') return position
    // Nobody else writes meanwhile, so the positions of the events follow one another.
    for (const [place, event] of events.entries()) {
      this.#insertTags(event, position - events.length + 1 + place)
    }
    return position
  }

  #insertTags({ tags }: EncodedEvent, position: number): void {
    for (const tag of tags) this.#tag.run(tag, position)
  }
}
