import type { StoredEvent } from '../event/stored-event.ts'
import { toHex } from './to-hex.ts'

const encoder = new TextEncoder()

/** SHA-256 of everything that is stored of an event, and of its place, in hexadecimal digits. */
export async function eventDigest(event: StoredEvent): Promise<string> {
  const { id, stream, version, position, type, schemaVersion, data, metadata, tags, recordedAt } = event
  // JSON of an array tells where one text ends and the next begins.
  const text = JSON.stringify([
    id,
    stream,
    version,
    position,
    type,
    schemaVersion,
    data,
    metadata,
    tags,
    recordedAt,
  ])
  return toHex(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
}
