import { UnreadableEventError } from '../errors.ts'
import type { Codec } from './codec.ts'
import { deterministicId } from './deterministic-id.ts'
import type { EventMetadata, RecordedEvent } from './event.ts'
import { deepFreeze } from './json.ts'
import type { FoldRow, StoredEvent } from './stored-event.ts'
import type { EventPart, Upcasting } from './upcasting.ts'

const noMetadata: EventMetadata = Object.freeze({})

/** Turns what adapters return into what users read. */
export class EventDecoder {
  readonly #codec: Codec
  readonly #upcasting: Upcasting | undefined
  readonly #keepsDecoded: boolean

  /** @param keepsDecoded whether rows are handed out again, so that decoded data is kept on them, frozen */
  constructor(codec: Codec, upcasting: Upcasting | undefined, keepsDecoded: boolean) {
    this.#codec = codec
    this.#upcasting = upcasting
    this.#keepsDecoded = keepsDecoded
  }

  /** Whether what is read of an event is what is stored. Of most it is. */
  isCurrent({ type, schemaVersion }: FoldRow): boolean {
    return this.#upcasting === undefined || this.#upcasting.isCurrent(type, schemaVersion)
  }

  /**
   * The data as it is stored.
   *
   * @throws UnreadableEventError
   */
  data(row: FoldRow, stream: string, version: number): unknown {
    if (row.decoded !== undefined) return row.decoded
    if (row.failure !== undefined) {
      const place = { stream, version, type: row.type }
      throw new UnreadableEventError(place, 'what is personal in it was changed', { cause: row.failure })
    }
    const data = this.#decode(row.data, row.type, stream, version)
    if (this.#keepsDecoded) row.decoded = deepFreeze(data)
    return data
  }

  /**
   * What a stored event has become: several events, one, or none.
   *
   * @throws UnreadableEventError
   */
  parts(row: FoldRow, stream: string, version: number): readonly EventPart[] {
    const data = this.data(row, stream, version)
    const { type, schemaVersion } = row
    if (this.#upcasting === undefined) return [{ type, schemaVersion, data }]
    return this.#upcasting.parts(data, { stream, version, type, schemaVersion })
  }

  /**
   * What is read of stored events.
   *
   * @throws UnreadableEventError
   */
  all<Event extends RecordedEvent>(rows: readonly StoredEvent[]): readonly Event[] {
    if (this.#upcasting === undefined) return rows.map((row) => this.#current<Event>(row))
    return rows.flatMap((row) => this.events<Event>(row))
  }

  /**
   * What is read of a stored event.
   *
   * @throws UnreadableEventError
   */
  events<Event extends RecordedEvent>(row: StoredEvent): readonly Event[] {
    if (this.isCurrent(row)) return [this.#current<Event>(row)]
    const parts = this.parts(row, row.stream, row.version)
    return parts.map(({ type, schemaVersion, data }, index) => {
      const id = index === 0 ? row.id : deterministicId(row.recordedAt, row.id, String(index))
      const event = this.#event<Event>(row, id, type, schemaVersion, data)
      return parts.length === 1 ? event : { ...event, partOf: row.id }
    })
  }

  #current<Event extends RecordedEvent>(row: StoredEvent): Event {
    const { id, stream, version, type, schemaVersion } = row
    return this.#event<Event>(row, id, type, schemaVersion, this.data(row, stream, version))
  }

  #event<Event extends RecordedEvent>(
    row: StoredEvent,
    id: string,
    type: string,
    schemaVersion: number,
    data: unknown,
  ): Event {
    const event: RecordedEvent = {
      id,
      stream: row.stream,
      version: row.version,
      position: row.position,
      type,
      schemaVersion,
      data,
      metadata:
        row.metadata === ''
          ? noMetadata
          : (this.#decode(row.metadata, row.type, row.stream, row.version) as EventMetadata),
      tags: row.tags,
      recordedAt: new Date(row.recordedAt),
    }
    return event as Event
  }

  #decode(text: string, type: string, stream: string, version: number): unknown {
    try {
      return this.#codec.decode(text)
    } catch (cause) {
      const reason = 'its text is not of the codec of this store; open the store with the codec that wrote it'
      throw new UnreadableEventError({ stream, version, type }, reason, { cause })
    }
  }
}
