import type { Delivery } from '../consumer/processor.ts'
import { streamId } from '../event/stream-id.ts'
import type { Timers } from '../schedule/timers.ts'
import type { DocumentWrite } from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamAppend } from '../store/event-store-options.ts'
import type { SagaDocuments } from './saga-documents.ts'
import type { SagaRecord } from './saga-record.ts'
import type { SagaRules } from './saga-rules.ts'
import type { SagaEntry } from './saga-turn.ts'

/** Most entries of one append, well below what any store is set to accept. */
const entriesPerAppend = 1_000

/** What a saga is stored in. */
export interface SagaStorage<Transaction> {
  readonly store: EventStore<Transaction>
  readonly documents: SagaDocuments<Transaction>
  readonly timers: Timers<Transaction>
}

/**
 * Handles inputs in a transaction: one read, one write and, as a rule, one append, however many inputs there are.
 * The transaction holds whatever keeps others from doing so at the same time.
 */
export async function applyInputs<Transaction>(
  rules: SagaRules,
  { store, documents, timers }: SagaStorage<Transaction>,
  deliveries: readonly Delivery[],
  transaction: Transaction,
): Promise<void> {
  const keys = [...new Set(deliveries.flatMap((delivery) => delivery.keys))]
  const stored = await documents.read(keys, transaction)
  const outcome = handleAll(rules, new Map(keys.map((key, index) => [key, stored[index]])), deliveries)
  if (outcome.changed.size === 0) return
  const writes: DocumentWrite[] = []
  for (const [key, record] of outcome.changed) writes.push(documents.write(key, record))
  for (const timer of outcome.timers.values()) writes.push(timers.setWrite(timer))
  for (const id of outcome.cancelled) writes.push(timers.cancelWrite(id))
  // Documents before streams, as everybody locks them.
  await documents.adapter.write(writes, transaction)
  for (const appends of inPortions(rules.category, outcome.entries)) {
    await store.appendAll(appends, { transaction })
  }
}

interface Outcome {
  readonly changed: Map<string, SagaRecord>
  readonly entries: Map<string, SagaEntry[]>
  readonly timers: Map<string, Parameters<Timers<never>['setWrite']>[0]>
  readonly cancelled: Set<string>
}

/** A function of its own, because a loop in one that awaits runs at half the speed. */
function handleAll(
  rules: SagaRules,
  records: Map<string, SagaRecord | undefined>,
  deliveries: readonly Delivery[],
): Outcome {
  const outcome: Outcome = { changed: new Map(), entries: new Map(), timers: new Map(), cancelled: new Set() }
  for (const { event, keys } of deliveries) {
    for (const key of keys) {
      const advance = rules.advance(key, records.get(key), event)
      if (advance === undefined) continue
      records.set(key, advance.record)
      outcome.changed.set(key, advance.record)
      const entries = outcome.entries.get(key) ?? []
      entries.push(...advance.entries)
      outcome.entries.set(key, entries)
      for (const id of advance.cancelled) {
        // One that was set in this batch is not stored yet.
        if (!outcome.timers.delete(id)) outcome.cancelled.add(id)
      }
      for (const timer of advance.timers) outcome.timers.set(timer.id, timer)
    }
  }
  return outcome
}

function* inPortions(
  category: string,
  entriesByKey: ReadonlyMap<string, readonly SagaEntry[]>,
): Generator<readonly StreamAppend[]> {
  let appends: StreamAppend[] = []
  let count = 0
  for (const [key, entries] of entriesByKey) {
    for (let start = 0; start < entries.length; start += entriesPerAppend) {
      const events = entries.slice(start, start + entriesPerAppend)
      if (count + events.length > entriesPerAppend || start > 0) {
        if (appends.length > 0) yield appends
        appends = []
        count = 0
      }
      appends.push({ stream: streamId(category, key), events })
      count += events.length
    }
  }
  if (appends.length > 0) yield appends
}
