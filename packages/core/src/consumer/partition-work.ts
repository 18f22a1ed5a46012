import { UnreadableEventError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import { checkName } from '../event/text-rules.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { PartitionState, SlicesAhead } from './partition-state.ts'
import { sliceCount, sliceOf } from './slices.ts'

/** An event that a partition has to do something about. */
export interface WorkItem {
  readonly row: StoredEvent
  /** Those of the partition. At least one. */
  readonly keys: readonly string[]
  /** Undefined where it cannot be decoded, or its keys cannot be told: then `error` says why. */
  readonly event: RecordedEvent | undefined
  readonly error?: unknown
}

/** Longest key, in bytes: that of a stream id. */
const maxKeyBytes = 512

/** What of a page is for the partition. */
export function workOf<Transaction>(
  rows: readonly StoredEvent[],
  state: PartitionState,
  settings: ConsumerSettings<Transaction>,
): WorkItem[] {
  const items: WorkItem[] = []
  for (const row of rows) {
    const item = workItem(row, state, settings)
    if (item !== undefined) items.push(item)
  }
  return items
}

/** Undefined where the event is not for the partition. */
export function workItem<Transaction>(
  row: StoredEvent,
  state: PartitionState,
  settings: ConsumerSettings<Transaction>,
): WorkItem | undefined {
  return settings.processor.keysOf === undefined
    ? itemByStream(row, state, settings)
    : itemByKeys(row, state, settings)
}

/** The partition is known before anything is decoded. */
function itemByStream<Transaction>(
  row: StoredEvent,
  state: PartitionState,
  { store }: ConsumerSettings<Transaction>,
): WorkItem | undefined {
  if (!isDue(row.stream, row.position, state)) return undefined
  const keys = [row.stream]
  try {
    return { row, keys, event: store.decoder.event(row) }
  } catch (error) {
    return { row, keys, event: undefined, error }
  }
}

function itemByKeys<Transaction>(
  row: StoredEvent,
  state: PartitionState,
  { store, processor }: ConsumerSettings<Transaction>,
): WorkItem | undefined {
  try {
    const event = store.decoder.event<RecordedEvent>(row)
    const all = processor.keysOf?.(event) ?? []
    for (const key of all) checkName(key, 'key of an event', 'invalid-definition', maxKeyBytes)
    const keys = all.filter((key) => isDue(key, row.position, state))
    return keys.length === 0 ? undefined : { row, keys, event }
  } catch (error) {
    if (!isDue(row.stream, row.position, state)) return undefined
    return { row, keys: [row.stream], event: undefined, error }
  }
}

/** Whether the partition has the key, and has not passed the event before partitions were changed. */
function isDue(key: string, position: number, state: PartitionState): boolean {
  const { from, to, ahead } = state
  if (to - from === sliceCount && ahead.length === 0) return true
  const slice = sliceOf(key)
  if (slice < from || slice >= to) return false
  return ahead.length === 0 || !ahead.some((slices) => isBehind(slice, position, slices))
}

function isBehind(slice: number, position: number, { from, to, position: reached }: SlicesAhead): boolean {
  return slice >= from && slice < to && position <= reached
}

/** The event of an item for the processor, which only sees those that have one. */
export function eventOf({ row, event }: WorkItem): RecordedEvent {
  if (event === undefined) throw new UnreadableEventError(row, 'it was not decoded')
  return event
}
