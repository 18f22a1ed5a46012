import type { ExpectedVersion } from '@eventfold/core'
import type { EncodedEvent } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'

type Parameter = string | number | null
type Place = readonly [version: number, position: number]

/** Rows of one statement. A row in a statement for many takes a fifth less time than in one of its own. */
const batchSizes = [32, 8, 1] as const

/** The statements that write. They neither judge nor begin a transaction. */
export class EventInserts {
  readonly #first: Database.Statement<Parameter[]>
  readonly #after: Database.Statement<Parameter[]>
  readonly #last: Database.Statement<Parameter[], Place>
  readonly #batches: readonly { readonly size: number; readonly statement: Database.Statement<Parameter[]> }[]
  readonly #tag: Database.Statement<[string, number]>

  constructor(database: Database.Database) {
    // A handle of the user may have BigInt as its default.
    const prepare = <Row>(sql: string) => database.prepare<Parameter[], Row>(sql).safeIntegers(false)
    this.#first = prepare(insertSql(1))
    this.#after = prepare(insertAfterSql)
    this.#last = prepare<Place>(insertLastSql).raw()
    this.#batches = batchSizes.map((size) => ({ size, statement: prepare(insertSql(size)) }))
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
    const parameters: Parameter[] = []
    pushContent(parameters, event, recordedAt)
    const stored =
      expected === 'no-stream' || typeof expected === 'number'
        ? this.#insertAfter(expected === 'no-stream' ? 0 : expected, stream, parameters)
        : this.#insertLast(expected === 'stream-exists' ? 1 : 0, stream, parameters)
    if (stored !== undefined) for (const tag of event.tags) this.#tag.run(tag, stored[1])
    return stored
  }

  #insertAfter(version: number, stream: string, parameters: Parameter[]): Place | undefined {
    parameters.push(stream, version + 1)
    if (version > 0) parameters.push(stream, version)
    const { changes, lastInsertRowid } = (version > 0 ? this.#after : this.#first).run(...parameters)
    return changes === 1 ? [version + 1, lastInsertRowid as number] : undefined
  }

  #insertLast(leastVersion: number, stream: string, parameters: Parameter[]): Place | undefined {
    parameters.push(stream, stream, leastVersion)
    // All rows and not just the first, because only then the driver tells of a commit that failed.
    return this.#last.all(...parameters)[0]
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

/** After the version that the last two parameters name, if that is there. What follows it collides in the index. */
const insertAfterSql = `
  INSERT INTO eventfold_events (${columns})
  SELECT ?, unhex(?, '-'), ?, ?, ?, ?, ?, ?, ?
  WHERE EXISTS (SELECT 1 FROM eventfold_events WHERE stream = ? AND version = ?)`

/** At the end of a stream that has at least the version of the last parameter. */
const insertLastSql = `
  INSERT INTO eventfold_events (${columns})
  SELECT ?, unhex(?, '-'), ?, ?, ?, ?, ?, ?, actual + 1
  FROM (SELECT coalesce(max(version), 0) AS actual FROM eventfold_events WHERE stream = ?)
  WHERE actual >= ?
  RETURNING version, position`
