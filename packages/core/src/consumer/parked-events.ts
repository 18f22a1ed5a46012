import type { StoredEvent } from '../event/stored-event.ts'
import type { DocumentWrite, FieldRange } from '../store/document-adapter.ts'
import type { ConsumerDocuments, Stored } from './consumer-documents.ts'
import type { ParkedEvent } from './consumer-status.ts'
import { failureInfo, type StoredFailure } from './failure-info.ts'
import type { SliceRange } from './slices.ts'
import { sliceCount, sliceOf } from './slices.ts'

/** What is stored of a parked event. */
export interface ParkedRecord {
  readonly key: string
  readonly position: number
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly error: StoredFailure | null
  readonly attempts: number
  readonly parkedAt: number
}

/** What is stored of a key whose events are held back. */
export interface HeldRecord {
  readonly key: string
  readonly since: number
  /** Whether somebody asked for its events to be processed. */
  readonly retry: boolean
}

const digits = 16

/** Where an event is parked: by key, then position. */
export function parkedKey(key: string, position: number): string {
  return `${key}/${String(position).padStart(digits, '0')}`
}

export function parkedInfo({ error, parkedAt, ...record }: ParkedRecord): ParkedEvent {
  return {
    ...record,
    reason: error === null ? 'behind' : 'failed',
    error: failureInfo(error),
    parkedAt: new Date(parkedAt),
  }
}

export function parkedRecord(
  row: StoredEvent,
  key: string,
  parkedAt: number,
  failure: { readonly error: StoredFailure; readonly attempts: number } | undefined,
): ParkedRecord {
  const { position, id, stream, version, type } = row
  const { error = null, attempts = 0 } = failure ?? {}
  return { key, position, id, stream, version, type, error, attempts, parkedAt }
}

export function parkedWrite<Transaction>(
  { parked }: ConsumerDocuments<Transaction>,
  record: ParkedRecord,
  expected?: string,
): DocumentWrite {
  return {
    collection: parked,
    key: parkedKey(record.key, record.position),
    data: JSON.stringify(record),
    fields: [{ field: 'key', value: record.key }],
    expected,
  }
}

export function heldWrite<Transaction>(
  { held }: ConsumerDocuments<Transaction>,
  record: HeldRecord,
  expected?: string,
): DocumentWrite {
  const fields = [{ field: 'slice', value: sliceText(sliceOf(record.key)) }]
  if (record.retry) fields.push({ field: 'retry', value: '1' })
  return { collection: held, key: record.key, data: JSON.stringify(record), fields, expected }
}

/** The held keys of some slices, or those of them whose events are to be processed. */
export async function readHeld<Transaction>(
  documents: ConsumerDocuments<Transaction>,
  { from, to }: SliceRange,
  onlyAsked = false,
): Promise<readonly HeldRecord[]> {
  const where: FieldRange[] = onlyAsked ? [{ field: 'retry', from: '1' }] : []
  if (to - from < sliceCount) where.push({ field: 'slice', from: sliceText(from), to: sliceText(to - 1) })
  const found = await documents.all(documents.held, where)
  return found.map(({ data }) => JSON.parse(data) as HeldRecord)
}

/** The first parked events of a key. */
export async function readParked<Transaction>(
  { adapter, parked }: ConsumerDocuments<Transaction>,
  key: string | undefined,
  limit: number,
  after?: Pick<ParkedEvent, 'key' | 'position'>,
  transaction?: Transaction,
): Promise<readonly Stored<ParkedRecord>[]> {
  const query = {
    collection: parked,
    where: key === undefined ? [] : [{ field: 'key', from: key, to: key }],
    backwards: false,
    after: after && { key: parkedKey(after.key, after.position) },
    limit,
  }
  const found = await adapter.find(query, transaction)
  return found.map((document) => {
    return { key: document.key, text: document.data, state: JSON.parse(document.data) as ParkedRecord }
  })
}

function sliceText(slice: number): string {
  return String(slice).padStart(4, '0')
}
