import type { StoredEvent, StoredIdentity } from '@eventfold/core/adapter'

/** Named as core names them, so that the rows of the driver are what `readFold` returns. */
export const foldColumns = 'type, schema_version AS schemaVersion, data'

export const identityColumns =
  'hex(id) AS id, stream, version, position, type, schema_version AS schemaVersion, data, tags'

export const eventColumns: string = `${identityColumns}, metadata, recorded_at AS recordedAt`

export interface IdentityRow {
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: string
  readonly tags: string | null
}

export interface EventRow extends IdentityRow {
  readonly metadata: string | null
  readonly recordedAt: number
}

const noTags: readonly string[] = Object.freeze([])

export function toIdentity(row: IdentityRow): StoredIdentity {
  return { ...row, id: toUuid(row.id), tags: toTags(row.tags) }
}

export function toEvent(row: EventRow): StoredEvent {
  return {
    id: toUuid(row.id),
    stream: row.stream,
    version: row.version,
    position: row.position,
    type: row.type,
    schemaVersion: row.schemaVersion,
    data: row.data,
    metadata: row.metadata ?? '',
    tags: toTags(row.tags),
    recordedAt: row.recordedAt,
  }
}

function toTags(text: string | null): readonly string[] {
  return text === null ? noTags : (JSON.parse(text) as string[])
}

function toUuid(hex: string): string {
  const id = hex.toLowerCase()
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
}
