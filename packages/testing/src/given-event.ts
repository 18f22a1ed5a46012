import {
  type Codec,
  categoryOf,
  type EventMetadata,
  type EventSource,
  InvalidInputError,
  type NewEventOf,
  type RecordedEvent,
  streamId,
} from '@eventfold/core'
import { deepFreeze, validateEventData } from '@eventfold/core/adapter'
import { testIds } from './test-clock.ts'

/** What has happened: an event of one of the definitions, and where. */
export type GivenEvent<Source extends EventSource> = Source extends EventSource
  ? NewEventOf<Source['events']> & {
      /** What stands after the category in its stream id. Default `'1'`. */
      readonly key?: string
      /** Its stream, instead of the key. Needed where several definitions have an event of this type. */
      readonly stream?: string
      /** Default 2026-01-01T00:00:00Z. */
      readonly recordedAt?: Date
    }
  : never

/** A given event without its types. */
export interface AnyGivenEvent {
  readonly type: string
  readonly data: unknown
  readonly id?: string
  readonly metadata?: EventMetadata
  readonly tags?: readonly string[]
  readonly key?: string
  readonly stream?: string
  readonly recordedAt?: Date
}

const defaultTime = '2026-01-01T00:00:00.000Z'

/**
 * Given events as a store would return them, frozen: validated by the schemas of their definitions, encoded and
 * decoded, with positions 1, 2, 3 …
 *
 * @throws InvalidInputError `invalid-event`, `invalid-stream-id`, `not-json`
 */
export async function recordGiven(
  of: readonly EventSource[],
  events: readonly AnyGivenEvent[],
  codec: Codec,
): Promise<readonly RecordedEvent[]> {
  const newId = testIds()
  const versions = new Map<string, number>()
  const recorded: RecordedEvent[] = []
  for (const event of events) {
    const { source, stream } = placeOf(of, event)
    const data = await validateEventData({ ...source, initialState: {}, evolve: {} }, event.type, event.data)
    const version = (versions.get(stream) ?? 0) + 1
    versions.set(stream, version)
    recorded.push(
      deepFreeze({
        id: event.id ?? newId(),
        stream,
        version,
        position: recorded.length + 1,
        type: event.type,
        schemaVersion: 1,
        data: codec.decode(codec.encode(data, '/data')),
        metadata: codec.decode(codec.encode(event.metadata ?? {}, '/metadata')) as EventMetadata,
        tags: [...(event.tags ?? [])],
        recordedAt: new Date(event.recordedAt ?? defaultTime),
      }),
    )
  }
  return recorded
}

function placeOf(of: readonly EventSource[], { type, key = '1', stream }: AnyGivenEvent) {
  const sources = of.filter(({ events }) => Object.hasOwn(events, type))
  const categories = [...new Set(sources.map(({ category }) => category))]
  const category = stream === undefined ? categories[0] : categoryOf(stream)
  const source = sources.find((each) => each.category === category)
  if (stream === undefined && categories.length > 1) {
    throw new InvalidInputError(
      'invalid-stream-id',
      `An event ${type} may be of ${categories.join(' or ')}: give its stream.`,
    )
  }
  if (source === undefined) {
    throw new InvalidInputError('invalid-event', `Aggregate ${category ?? ''} has no event ${type}.`)
  }
  return { source, stream: stream ?? streamId(source.category, key) }
}
