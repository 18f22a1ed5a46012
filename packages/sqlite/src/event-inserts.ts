import type { ExpectedVersion } from '@eventfold/core'
import type { EncodedEvent } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'

type Parameter = string | number | null
type Place = readonly [version: number, position: number]

/** Rows of one statement. A row in a statement for many takes a fifth less time than in one of its own. */
const batchSizes = [32, 8, 1] as const

/** The statements that write. They neither judge nor begin a transaction. */
export class EventInserts {
  readonly #next: Database.Statement<Parameter[], Place>
  readonly #batches: readonly { readonly size: number; readonly statement: Database.Statement<Parameter[]> }[]
  readonly #tag: Database.Statement<[string, number]>

  constructor(database: Database.Database) {
    // A handle of the user may have BigInt as its default.
    const prepare = <Row>(sql: string) => database.prepare<Parameter[], Row>(sql).safeIntegers(false)
    this.#next = prepare<Place>(nextSql).raw()
    this.#batches = batchSizes.map((size) => ({ size, statement: prepare(insertSql(size)) }))
    this.#tag = database.prepare('INSERT INTO eventfold_tags (tag, position) VALUES (?, ?)')
  }

  /**
   * Stores an event at the next version of its stream, if the stream is as expected.
   *
   * @returns its version and position; undefined, and nothing stored, if the stream is not as expected
   */
  insertNext(
    stream: string,
    expected: ExpectedVersion,
    event: EncodedEvent,
    recordedAt: number,
  ): Place | undefined {
    const [least, most] = boundsOf(expected)
    const parameters: Parameter[] = []
    pushContent(parameters, event, recordedAt)
    parameters.push(stream, stream, least, most)
    const [stored] = this.#next.all(...parameters)
    if (stored !== undefined) for (const tag of event.tags) this.#tag.run(tag, stored[1])
    return stored
  }

  /** @returns the position of the last event */
  insert(stream: string, firstVersion: number, events: readonly EncodedEvent[], recordedAt: number): number {
    let position = 0
    let index = 0
    for (const { size, statement } of this.#batches) {
      while (events.length - index >= size) {
        const parameters: Parameter[] = []
        for (const end = index + size; index < end; index++) {
          pushContent(parameters, events[index] as EncodedEvent, recordedAt)
          parameters.push(stream, firstVersion + index)
        }
        position = statement.run(...parameters).lastInsertRowid as number
      }
    }
    // Nobody else writes meanwhile, so the positions of the events follow one another.
    for (const [place, { tags }] of events.entries()) {
      for (const tag of tags) this.#tag.run(tag, position - events.length + 1 + place)
    }
    return position
  }
}

/** The versions that a stream may be at. */
function boundsOf(expected: ExpectedVersion): readonly [least: number, most: number] {
  if (typeof expected === 'number') return [expected, expected]
  return [expected === 'stream-exists' ? 1 : 0, expected === 'no-stream' ? 0 : Number.MAX_SAFE_INTEGER]
}

function pushContent(parameters: Parameter[], event: EncodedEvent, recordedAt: number): void {
  const { id, type, schemaVersion, tags, metadata, data } = event
  const tagText = tags.length === 0 ? null : JSON.stringify(tags)
  parameters.push(recordedAt, id, type, schemaVersion, tagText, metadata === '' ? null : metadata, data)
}

const columns = 'recorded_at, id, type, schema_version, tags, metadata, data, stream, version'

function insertSql(rows: number): string {
  const values = Array.from({ length: rows }, () => `(?, unhex(?, '-'), ?, ?, ?, ?, ?, ?, ?)`)
  return `INSERT INTO eventfold_events (${columns}) VALUES ${values.join(',')}`
}

const nextSql = `
  INSERT INTO eventfold_events (${columns})
  SELECT ?, unhex(?, '-'), ?, ?, ?, ?, ?, ?, actual + 1
  FROM (SELECT coalesce(max(version), 0) AS actual FROM eventfold_events WHERE stream = ?)
  WHERE actual BETWEEN ? AND ?
  RETURNING version, position`
