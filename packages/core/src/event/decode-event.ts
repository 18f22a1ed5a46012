import { UnreadableEventError } from '../errors.ts'
import type { Codec } from './codec.ts'
import type { EventMetadata, RecordedEvent } from './event.ts'
import { deepFreeze } from './json.ts'
import type { FoldRow, StoredEvent } from './stored-event.ts'

const noMetadata: EventMetadata = Object.freeze({})

/** Turns what adapters return into what users read. */
export class EventDecoder {
  readonly #codec: Codec
  readonly #keepsDecoded: boolean

  /** @param keepsDecoded whether rows are handed out again, so that decoded data is kept on them, frozen */
  constructor(codec: Codec, keepsDecoded: boolean) {
    this.#codec = codec
    this.#keepsDecoded = keepsDecoded
  }

  /** @throws UnreadableEventError */
  data(row: FoldRow, stream: string, version: number): unknown {
    if (row.decoded !== undefined) return row.decoded
    const data = this.#decode(row.data, row.type, stream, version)
    if (this.#keepsDecoded) row.decoded = deepFreeze(data)
    return data
  }

  /** @throws UnreadableEventError */
  event<Event extends RecordedEvent>(row: StoredEvent): Event {
    const event: RecordedEvent = {
      id: row.id,
      stream: row.stream,
      version: row.version,
      position: row.position,
      type: row.type,
      schemaVersion: row.schemaVersion,
      data: this.data(row, row.stream, row.version),
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
      throw new UnreadableEventError({ stream, version, type }, 'its text is broken', { cause })
    }
  }
}
