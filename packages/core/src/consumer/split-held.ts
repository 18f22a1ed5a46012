import type { DocumentWrite } from '../store/document-adapter.ts'
import { parkedRecord, parkedWrite } from './parked-events.ts'
import type { PartitionContext } from './partition-context.ts'
import type { WorkItem } from './partition-work.ts'

/** The keys of an event whose events flow. */
export function freeKeys<Transaction>(
  { held }: PartitionContext<Transaction>,
  item: WorkItem,
): readonly string[] {
  return held.size === 0 ? item.keys : item.keys.filter((key) => !held.has(key))
}

/** Parks an event behind those with the same key that are held back, if there are any. */
export function parkBehind<Transaction>(
  { held, settings }: PartitionContext<Transaction>,
  { row, keys }: WorkItem,
  now: number,
): readonly DocumentWrite[] {
  if (held.size === 0) return []
  const behind = keys.filter((key) => held.has(key))
  return behind.map((key) => parkedWrite(settings.documents, parkedRecord(row, key, now, undefined)))
}
