import { ConsumerDocuments } from '../consumer/consumer-documents.ts'
import type { ParkedRecord } from '../consumer/parked-events.ts'
import { slowestPosition } from '../consumer/partition-positions.ts'
import { parsePartition } from '../consumer/partition-state.ts'
import { generationName, parseRecord } from '../projection/generation-record.ts'
import type { DocumentAdapter } from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'

/** Events of one stream that are to be removed. */
export interface RemovedPart {
  readonly stream: string
  /** First version that stays. */
  readonly before: number
  /** Of the last event that goes. */
  readonly position: number
}

/**
 * The consumers that would miss some of the events: they have not come so far, or have parked some of them. Read models
 * that appends carry have seen every event.
 */
export async function consumersBehind<Transaction>(
  documents: DocumentAdapter<Transaction>,
  part: RemovedPart,
  transaction?: Transaction,
): Promise<readonly string[]> {
  const inline = new Set<string>()
  for await (const { key, data } of documentsIn(documents, 'eventfold:generations', { transaction })) {
    const record = parseRecord(data)
    if (record?.inline === true) inline.add(generationName(key, record.current.number))
  }
  const behind: string[] = []
  for await (const { key } of documentsIn(documents, 'eventfold:consumers', { transaction })) {
    if (inline.has(key)) continue
    const consumer = new ConsumerDocuments(documents, key)
    if (await isBehind(consumer, part, transaction)) behind.push(key)
  }
  return behind
}

async function isBehind<Transaction>(
  { adapter, partitions, parked }: ConsumerDocuments<Transaction>,
  { stream, before, position }: RemovedPart,
  transaction: Transaction | undefined,
): Promise<boolean> {
  const states = []
  for await (const { data } of documentsIn(adapter, partitions, { transaction }))
    states.push(parsePartition(data))
  if (slowestPosition(states) < position) return true
  for await (const { data } of documentsIn(adapter, parked, { transaction })) {
    const record = JSON.parse(data) as ParkedRecord
    if (record.stream === stream && record.version < before) return true
  }
  return false
}
