import type { StoredEvent } from '@eventfold/core/adapter'
import type { Row } from './statement.ts'
import { wholeNumber } from './whole-number.ts'

/**
 * The columns of a stored event, in the order that `readEvent` takes them. The time is sent as seconds, which no setting
 * of the session changes, and which is faster than the exact numeric.
 */
export const eventColumns = (table: string): string =>
  [
    'position',
    'stream',
    'version',
    'id',
    'type',
    'schema_version',
    'data',
    'metadata',
    `to_json(${table}.tags) AS tags`,
    `date_part('epoch', ${table}.recorded_at) AS recorded_at`,
  ]
    .map((column) => (column.includes('(') ? column : `${table}.${column}`))
    .join(', ')

/** @param offset where the columns of the event begin */
export function readEvent(row: Row, offset = 0): StoredEvent {
  const tags = row[offset + 8]
  return {
    position: wholeNumber(row[offset] as string),
    stream: row[offset + 1] as string,
    version: wholeNumber(row[offset + 2] as string),
    id: row[offset + 3] as string,
    type: row[offset + 4] as string,
    schemaVersion: Number(row[offset + 5]),
    data: row[offset + 6] as string,
    metadata: row[offset + 7] ?? '',
    tags: tags === null || tags === undefined ? noTags : Object.freeze(JSON.parse(tags) as string[]),
    recordedAt: readTime(row[offset + 9] as string),
  }
}

const noTags: readonly string[] = Object.freeze([])

/** Milliseconds from seconds, as stored: to the millisecond. */
export function readTime(seconds: string): number {
  return Math.round(Number(seconds) * 1000)
}
