import type { RecordedEvent } from '../event/event.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import { checkName } from '../event/text-rules.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { PartitionState, SlicesAhead } from './partition-state.ts'
import type { Delivery } from './processor.ts'
import { sliceCount, sliceOf } from './slices.ts'

/** An event that a partition has to do something about. */
export interface WorkItem {
  readonly row: StoredEvent
  /** Those of the partition. At least one. */
  readonly keys: readonly string[]
  /**
   * What the processor gets: the event, or those that upcasters made of it, which are processed together. Undefined where
   * it cannot be decoded, or its keys cannot be told: then `error` says why.
   */
  readonly deliveries: readonly Delivery[] | undefined
  readonly error?: unknown
}

/** Longest key, in bytes: that of a stream id. */
export const maxKeyBytes = 512

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
  settings: ConsumerSettings<Transaction>,
): WorkItem | undefined {
  if (!isDue(row.stream, row.position, state)) return undefined
  const keys = [row.stream]
  try {
    const events = wantedEvents(row, settings)
    const [event] = events
    if (event === undefined) return undefined
    // Nearly always one: without a call for it.
    if (events.length === 1) return { row, keys, deliveries: [{ event, keys }] }
    return { row, keys, deliveries: events.map((each) => ({ event: each, keys })) }
  } catch (error) {
    return { row, keys, deliveries: undefined, error }
  }
}

/** What is read of a stored event, and is what the filter asks for after upcasting, too. */
export function wantedEvents<Transaction>(
  row: StoredEvent,
  { store, filter: { types } }: ConsumerSettings<Transaction>,
): readonly RecordedEvent[] {
  const events = store.decoder.events<RecordedEvent>(row)
  if (store.upcasting === undefined || types === undefined) return events
  return events.filter(({ type }) => types.includes(type))
}

function itemByKeys<Transaction>(
  row: StoredEvent,
  state: PartitionState,
  settings: ConsumerSettings<Transaction>,
): WorkItem | undefined {
  try {
    const deliveries: Delivery[] = []
    for (const event of wantedEvents(row, settings)) {
      const all = settings.processor.keysOf?.(event) ?? []
      for (const key of all) checkName(key, 'key of an event', 'invalid-definition', maxKeyBytes)
      const keys = all.filter((key) => isDue(key, row.position, state))
      if (keys.length > 0) deliveries.push({ event, keys })
    }
    const [first] = deliveries
    if (first === undefined) return undefined
    const keys = deliveries.length === 1 ? first.keys : [...new Set(deliveries.flatMap((each) => each.keys))]
    return { row, keys, deliveries }
  } catch (error) {
    if (!isDue(row.stream, row.position, state)) return undefined
    return { row, keys: [row.stream], deliveries: undefined, error }
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

/** What of an item is for some of its keys. */
export function deliveriesFor(
  { keys, deliveries = [] }: WorkItem,
  meant: readonly string[],
): readonly Delivery[] {
  if (meant === keys) return deliveries
  return deliveries.flatMap(({ event, keys: all }) => {
    const own = all.filter((key) => meant.includes(key))
    return own.length === 0 ? [] : [{ event, keys: own }]
  })
}

/** The item with events that nobody has had yet: a call that failed may have changed those that it was given. */
export function decodedAgain<Transaction>(item: WorkItem, settings: ConsumerSettings<Transaction>): WorkItem {
  if (item.deliveries === undefined) return item
  const events = new Map(wantedEvents(item.row, settings).map((event) => [event.id, event]))
  const deliveries = item.deliveries.map(({ event, keys }) => ({
    event: events.get(event.id) ?? event,
    keys,
  }))
  return { ...item, deliveries }
}

/** For reports; there is none where it cannot be decoded. */
export function eventOf({ deliveries }: WorkItem): { readonly event?: RecordedEvent } {
  const event = deliveries?.[0]?.event
  return event === undefined ? {} : { event }
}
