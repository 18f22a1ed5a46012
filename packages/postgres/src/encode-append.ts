import type { ExpectedVersion } from '@eventfold/core'
import type { EncodedEvent, StreamWrite } from '@eventfold/core/adapter'
import { plainArray, textArray } from './array-literal.ts'
import { jsonArray } from './json-array.ts'
import type { Value } from './statement.ts'

/** The parameters of `append_one` for one write. */
export function encodeOne({ stream, expected, events }: StreamWrite): Value[] {
  return [stream, encodeExpected(expected), ...encodeEvents(events)]
}

/** The parameters of `append_within`, and the first of `append_many`, for a group of appends. */
export function encodeMany(appends: readonly (readonly StreamWrite[])[]): Value[] {
  const places = new Map<string, number>()
  const openStreams = new Set<string>()
  const writes: StreamWrite[] = []
  const appendOfWrite: number[] = []
  const streamOfWrite: number[] = []
  const writeOfEvent: number[] = []
  const placeOfEvent: number[] = []
  for (const [append, ofAppend] of appends.entries()) {
    for (const write of ofAppend) {
      writes.push(write)
      appendOfWrite.push(append)
      streamOfWrite.push(placeOf(write.stream, places))
      if (write.expected === 'any' || write.expected === 'no-stream') openStreams.add(write.stream)
      for (let place = 1; place <= write.events.length; place++) {
        writeOfEvent.push(writes.length)
        placeOfEvent.push(place)
      }
    }
  }
  return [
    kindOf(writes, appends.length === writes.length && places.size === writes.length),
    textArray([...places.keys()]),
    textArray([...openStreams]),
    plainArray(appendOfWrite),
    plainArray(streamOfWrite),
    plainArray(writes.map(({ events }) => events.length)),
    plainArray(writes.map(({ expected }) => encodeExpected(expected))),
    plainArray(writeOfEvent),
    plainArray(placeOfEvent),
    ...encodeEvents(
      writes.length === 1 ? (writes[0] as StreamWrite).events : writes.flatMap(({ events }) => events),
    ),
  ]
}

/** @param isPlain every append is one write, and no stream is named twice */
function kindOf(writes: readonly StreamWrite[], isPlain: boolean): 'exact' | 'any' | 'mixed' {
  if (!isPlain) return 'mixed'
  if (writes.every(({ expected }) => typeof expected === 'number')) return 'exact'
  return writes.every(({ expected }) => expected === 'any') ? 'any' : 'mixed'
}

/** Arrays of Postgres count from 1. */
function placeOf(stream: string, places: Map<string, number>): number {
  const place = places.get(stream) ?? places.size + 1
  places.set(stream, place)
  return place
}

function encodeExpected(expected: ExpectedVersion): number {
  if (expected === 'no-stream') return 0
  if (expected === 'any') return -1
  return expected === 'stream-exists' ? -2 : expected
}

/** Ids, types, schema versions, data, metadata and tags. */
function encodeEvents(events: readonly EncodedEvent[]): Value[] {
  const hasMetadata = events.some(({ metadata }) => metadata !== '')
  const hasTags = events.some(({ tags }) => tags.length > 0)
  return [
    plainArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    plainArray(events.map(({ schemaVersion }) => schemaVersion)),
    jsonArray(events.map(({ data }) => data)),
    hasMetadata ? jsonArray(events.map(({ metadata }) => (metadata === '' ? undefined : metadata))) : null,
    hasTags ? textArray(events.map(({ tags }) => (tags.length === 0 ? undefined : textArray(tags)))) : null,
  ]
}
