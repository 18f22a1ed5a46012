import { validate as isUuid } from 'uuid'
import { InvalidInputError } from '../errors.ts'
import type { IdSource } from './clock.ts'
import { type Codec, jsonCodec } from './codec.ts'
import type { EventMetadata, NewEvent } from './event.ts'
import { isPlainObject } from './json.ts'
import type { EncodedEvent } from './stored-event.ts'
import { checkName, exceedsBytes, findTextProblem } from './text-rules.ts'
import type { Upcasting } from './upcasting.ts'

/** Longest event type and tag, in bytes of UTF-8. */
const maxNameBytes = 256

/** Largest schema version: what a 32-bit integer holds. */
const maxSchemaVersion = 2_147_483_647

export interface EncodingOptions {
  readonly codec: Codec
  readonly newId: IdSource
  /** Largest data, and largest metadata, of one event, in bytes of its text. */
  readonly maxEventBytes: number
  /** Metadata for all events; an event's own fields win. */
  readonly metadata: EventMetadata | undefined
  readonly upcasting: Upcasting | undefined
}

/**
 * Checks and completes events, once for all adapters.
 *
 * @param pointer JSON pointer to `events` in the caller's input
 * @throws InvalidInputError
 */
export function encodeEvents(
  events: readonly NewEvent[],
  options: EncodingOptions,
  pointer: string,
): readonly EncodedEvent[] {
  const encoded: EncodedEvent[] = []
  // Not by `map`, which passes over holes: an adapter would stumble over one, and fail all appends of its group.
  for (let index = 0; index < events.length; index++) {
    encoded.push(encodeEvent(events[index] as NewEvent, options, `${pointer}/${index}`))
  }
  // Ids that were just made differ anyway.
  if (events.some(({ id }) => id !== undefined)) checkIdsDiffer(encoded)
  return encoded
}

function encodeEvent(event: NewEvent, options: EncodingOptions, pointer: string): EncodedEvent {
  if (typeof event !== 'object' || event === null) {
    throw new InvalidInputError('invalid-event', `The event at ${pointer} is not an object.`, { pointer })
  }
  checkName(event.type, 'event type', 'invalid-event-type', maxNameBytes, `${pointer}/type`)
  const schemaVersion = versionOf(event, options, pointer)
  if (!Number.isInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > maxSchemaVersion) {
    throw new InvalidInputError(
      'invalid-schema-version',
      `Schema version ${String(schemaVersion)} of event ${event.type} is not a whole number from 1 to ${maxSchemaVersion}.`,
      { pointer: `${pointer}/schemaVersion` },
    )
  }
  return {
    id: event.id === undefined ? options.newId().toLowerCase() : checkId(event.id, pointer),
    type: event.type,
    schemaVersion,
    data: encodeText(event.data, event.type, 'data', options, pointer),
    metadata: encodeMetadata(event, options, pointer),
    tags: event.tags === undefined ? noTags : checkTags(event.tags, `${pointer}/tags`),
  }
}

function versionOf(event: NewEvent, { upcasting }: EncodingOptions, pointer: string): number {
  const { type, schemaVersion } = event
  if (upcasting !== undefined) return upcasting.versionToAppend(type, schemaVersion, pointer)
  return schemaVersion === undefined ? 1 : schemaVersion
}

const noTags: readonly string[] = Object.freeze([])

function checkId(id: string, pointer: string): string {
  if (isUuid(id)) return id.toLowerCase()
  throw new InvalidInputError('invalid-event-id', `The event id ${String(id)} is not a UUID.`, {
    pointer: `${pointer}/id`,
  })
}

/** Frozen, because adapters may hand out the same array again and again. */
export function checkTags(tags: readonly string[], pointer?: string): readonly string[] {
  if (!Array.isArray(tags)) {
    throw new InvalidInputError(
      'invalid-tag',
      'Tags are not an array.',
      pointer === undefined ? {} : { pointer },
    )
  }
  for (const [index, tag] of tags.entries()) {
    checkName(
      tag,
      'tag',
      'invalid-tag',
      maxNameBytes,
      pointer === undefined ? pointer : `${pointer}/${index}`,
    )
  }
  return Object.freeze([...new Set(tags)])
}

function encodeMetadata(event: NewEvent, options: EncodingOptions, pointer: string): string {
  if (event.metadata === undefined && options.metadata === undefined) return ''
  checkMetadata(options.metadata, undefined)
  checkMetadata(event.metadata, `${pointer}/metadata`)
  const fields = Object.entries({ ...options.metadata, ...event.metadata }).filter(
    ([, value]) => value !== undefined,
  )
  if (fields.length === 0) return ''
  for (const [field, value] of fields) {
    if (standardFields.has(field) && typeof value !== 'string') {
      const at = `${pointer}/metadata/${field}`
      throw new InvalidInputError(
        'invalid-metadata',
        `The metadata field ${field} at ${at} is not a string.`,
        {
          pointer: at,
        },
      )
    }
  }
  return encodeText(Object.fromEntries(fields), event.type, 'metadata', options, pointer)
}

function checkMetadata(metadata: unknown, pointer: string | undefined): void {
  if (metadata === undefined || isPlainObject(metadata)) return
  throw new InvalidInputError(
    'invalid-metadata',
    'Metadata is not a plain object with text as names.',
    pointer === undefined ? {} : { pointer },
  )
}

const standardFields: ReadonlySet<string> = new Set(['correlationId', 'causationId', 'actor'])

function encodeText(value: unknown, type: string, part: string, options: EncodingOptions, pointer: string) {
  const text = options.codec.encode(value, `${pointer}/${part}`)
  const problem = options.codec === jsonCodec ? undefined : findTextProblem(text)
  if (problem !== undefined) {
    throw new InvalidInputError(
      'not-json',
      `What the codec made of the ${part} of event ${type} ${problem}. Let it escape such characters.`,
      { pointer: `${pointer}/${part}` },
    )
  }
  if (exceedsBytes(text, options.maxEventBytes)) {
    throw new InvalidInputError(
      'event-too-large',
      `The ${part} of event ${type} is larger than ${options.maxEventBytes} bytes. ` +
        'Store large content elsewhere and its address in the event, or raise maxEventBytes.',
      { pointer: `${pointer}/${part}` },
    )
  }
  return text
}

export function checkIdsDiffer(events: readonly EncodedEvent[]): void {
  const seen = new Set<string>()
  for (const { id } of events) {
    if (seen.has(id)) {
      throw new InvalidInputError(
        'invalid-event-id',
        `The event id ${id} is given to two events of one append.`,
      )
    }
    seen.add(id)
  }
}
