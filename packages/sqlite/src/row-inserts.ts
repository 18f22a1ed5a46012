import type { EncodedEvent } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'

export type Parameter = string | number | null
export type Place = readonly [version: number, position: number]

/** What an event has besides its type and data. A value that is not bound saves a twentieth of its time. */
export type Shape = 'plain' | 'full'

/** Rows of one statement. A row in a statement for many takes a fifth less time than in one of its own. */
const batchSizes = [32, 8, 1] as const

/** The statements that insert events of one shape. */
export class RowInserts {
  readonly #shape: Shape
  readonly #after: Database.Statement<Parameter[]>
  readonly #last: Database.Statement<Parameter[], Place>
  readonly #batches: readonly { readonly size: number; readonly statement: Database.Statement<Parameter[]> }[]

  constructor(database: Database.Database, shape: Shape) {
    // A handle of the user may have BigInt as its default.
    const prepare = <Row>(sql: string) => database.prepare<Parameter[], Row>(sql).safeIntegers(false)
    this.#shape = shape
    this.#after = prepare(insertAfterSql(shape))
    this.#last = prepare<Place>(insertLastSql(shape)).raw()
    this.#batches = batchSizes.map((size) => ({ size, statement: prepare(insertSql(shape, size)) }))
  }

  /** After a version, if that is there: 0 is always. What follows it collides in the index. */
  insertAfter(stream: string, version: number, event: EncodedEvent, recordedAt: number): Place | undefined {
    if (version === 0) return [1, this.insertMany(stream, 1, [event], recordedAt)]
    const parameters: Parameter[] = []
    this.#push(parameters, event, recordedAt)
    parameters.push(stream, version + 1, stream, version)
    const { changes, lastInsertRowid } = this.#after.run(...parameters)
    return changes === 1 ? [version + 1, lastInsertRowid as number] : undefined
  }

  /** At the end of a stream, if that has at least this version. */
  insertLast(
    stream: string,
    leastVersion: number,
    event: EncodedEvent,
    recordedAt: number,
  ): Place | undefined {
    const parameters: Parameter[] = []
    this.#push(parameters, event, recordedAt)
    parameters.push(stream, stream, leastVersion)
    // All rows and not just the first, because only then the driver tells of a commit that failed.
    return this.#last.all(...parameters)[0]
  }

  /** @returns the position of the last event */
  insertMany(
    stream: string,
    firstVersion: number,
    events: readonly EncodedEvent[],
    recordedAt: number,
  ): number {
    let position = 0
    let index = 0
    for (const { size, statement } of this.#batches) {
      while (events.length - index >= size) {
        const parameters: Parameter[] = []
        for (const end = index + size; index < end; index++) {
          this.#push(parameters, events[index] as EncodedEvent, recordedAt)
          parameters.push(stream, firstVersion + index)
        }
        position = statement.run(...parameters).lastInsertRowid as number
      }
    }
    return position
  }

  #push(parameters: Parameter[], event: EncodedEvent, recordedAt: number): void {
    const { id, type, schemaVersion, tags, metadata, data } = event
    if (this.#shape === 'plain') parameters.push(recordedAt, id, type, data)
    else {
      const tagText = tags.length === 0 ? null : JSON.stringify(tags)
      parameters.push(recordedAt, id, type, schemaVersion, tagText, metadata === '' ? null : metadata, data)
    }
  }
}

/** @returns `'plain'` if none of the events has more than type and data */
export function shapeOf(events: readonly EncodedEvent[]): Shape {
  const arePlain = events.every(({ schemaVersion, tags, metadata }) => {
    return schemaVersion === 1 && tags.length === 0 && metadata === ''
  })
  return arePlain ? 'plain' : 'full'
}

const columns = 'recorded_at, id, type, schema_version, tags, metadata, data, stream, version'

const contentOf = (shape: Shape) =>
  shape === 'plain' ? `?, unhex(?, '-'), ?, 1, NULL, NULL, ?` : `?, unhex(?, '-'), ?, ?, ?, ?, ?`

function insertSql(shape: Shape, rows: number): string {
  const values = Array.from({ length: rows }, () => `(${contentOf(shape)}, ?, ?)`)
  return `INSERT INTO eventfold_events (${columns}) VALUES ${values.join(',')}`
}

const insertAfterSql = (shape: Shape) => `
  INSERT INTO eventfold_events (${columns})
  SELECT ${contentOf(shape)}, ?, ?
  WHERE EXISTS (SELECT 1 FROM eventfold_events WHERE stream = ? AND version = ?)`

const insertLastSql = (shape: Shape) => `
  INSERT INTO eventfold_events (${columns})
  SELECT ${contentOf(shape)}, ?, actual + 1
  FROM (SELECT coalesce(max(version), 0) AS actual FROM eventfold_events WHERE stream = ?)
  WHERE actual >= ?
  RETURNING version, position`
