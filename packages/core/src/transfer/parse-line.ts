import { validate as isUuid } from 'uuid'
import { isEventfoldError } from '../errors.ts'
import { checkTags } from '../event/encode-event.ts'
import { isPlainObject } from '../event/json.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import { checkStreamId } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { StreamMark } from '../store/maintenance-adapter.ts'
import type { ListedDocument } from '../store/transfer-adapter.ts'
import {
  type DocumentLine,
  type EventLine,
  formatName,
  formatVersion,
  type HeaderLine,
  type MarkLine,
} from './log-lines.ts'

/** The line is whole, but was not made by an export of this release. */
export class ForeignLine extends Error {}

/** @throws ForeignLine */
export function parseHeader(line: unknown): HeaderLine['after'] {
  const header = line as Partial<HeaderLine>
  if (header.format !== formatName) throw new ForeignLine('it is not the first line of an export')
  if (header.formatVersion !== formatVersion) {
    throw new ForeignLine(
      `it is in version ${String(header.formatVersion)} of the format, and this release reads version ` +
        `${formatVersion}. Use the release that has exported it, or a later one`,
    )
  }
  const { after = null } = header
  if (after !== null) check(isCount(after.position) && typeof after.id === 'string', 'a place to begin')
  return after
}

/** @throws ForeignLine */
export function parseEvent({ event: given }: EventLine): StoredEvent {
  check(isPlainObject(given), 'an event')
  const { position, stream, version, id, type, schemaVersion, recordedAt, tags, metadata, data } = given
  check(isCount(position) && isCount(version) && isCount(schemaVersion), 'an event')
  check(
    Number.isSafeInteger(recordedAt) && typeof metadata === 'string' && typeof data === 'string',
    'an event',
  )
  check(typeof id === 'string' && isUuid(id) && id === id.toLowerCase(), 'an event')
  try {
    checkStreamId(stream)
    checkName(type, 'event type', 'invalid-event-type', 256)
    const kept = checkTags(tags)
    check(kept.length === tags.length, 'an event')
    return { position, stream, version, id, type, schemaVersion, recordedAt, tags: kept, metadata, data }
  } catch (error) {
    if (isEventfoldError(error)) throw new ForeignLine(`it has no event that a store takes: ${error.message}`)
    throw error
  }
}

/** @throws ForeignLine */
export function parseMark({ mark: given }: MarkLine): StreamMark {
  check(isPlainObject(given), 'a mark')
  const { stream, closed, firstRecordedAt, removedTo } = given
  check(typeof stream === 'string' && typeof closed === 'boolean', 'a mark')
  check(firstRecordedAt === null || Number.isSafeInteger(firstRecordedAt), 'a mark')
  check(removedTo === null || isCount(removedTo), 'a mark')
  return { stream, closed, firstRecordedAt, removedTo }
}

/** @throws ForeignLine */
export function parseDocument({ document: given }: DocumentLine): ListedDocument {
  check(isPlainObject(given), 'a document')
  const { collection, key, data, fields } = given
  check(
    [collection, key, data].every((text) => typeof text === 'string') && Array.isArray(fields),
    'a document',
  )
  check(
    fields.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'),
    ),
    'a document',
  )
  return { collection, key, data, fields: fields.map(([field, value]) => ({ field, value })) }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ForeignLine(`it has no ${what} as exports write it`)
}
