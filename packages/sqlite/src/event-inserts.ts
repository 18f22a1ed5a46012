import type { ExpectedVersion } from '@eventfold/core'
import type { EncodedEvent } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'

type Parameter = string | number | null
type Place = readonly [version: number, position: number]

/** Rows of one statement. A statement for many rows takes a fifth less time than one for each. */
const batchSize = 20

/** The statements that write. They neither judge nor begin a transaction. */
export class EventInserts {
  readonly #next: Database.Statement<Parameter[], Place>
  readonly #one: Database.Statement<Parameter[]>
  readonly #batch: Database.Statement<Parameter[]>
  readonly #tag: Database.Statement<[string, number]>

  constructor(database: Database.Database) {
    // A handle of the user may have BigInt as its default.
    const prepare = <Row>(sql: string) => database.prepare<Parameter[], Row>(sql).safeIntegers(false)
    this.#next = prepare<Place>(nextSql).raw()
    this.#one = prepare(insertSql(1))
    this.#batch = prepare(insertSql(batchSize))
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
    const areTagged = events.some(({ tags }) => tags.length > 0)
    let position = 0
    let index = 0
    while (index < events.length) {
      const isBatch = !areTagged && events.length - index >= batchSize
      const end = isBatch ? index + batchSize : index + 1
      const parameters: Parameter[] = []
      for (let row = index; row < end; row++) {
        pushContent(parameters, events[row] as EncodedEvent, recordedAt)
        parameters.push(stream, firstVersion + row)
      }
      position = (isBatch ? this.#batch : this.#one).run(...parameters).lastInsertRowid as number
      for (const tag of (events[index] as EncodedEvent).tags) this.#tag.run(tag, position)
      index = end
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
