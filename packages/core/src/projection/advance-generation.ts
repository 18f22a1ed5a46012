import { positionOfKey, slowestPosition } from '../consumer/partition-positions.ts'
import { movedTo, type PartitionState } from '../consumer/partition-state.ts'
import type { Delivery } from '../consumer/processor.ts'
import { sliceOf } from '../consumer/slices.ts'
import { lastEvent, tallyDeliveries } from '../consumer/tally-deliveries.ts'
import type { LogQuery } from '../store/store-adapter.ts'
import type { Generations, LockedPartitions } from './generations.ts'
import { deliveriesOf } from './inline-partition.ts'

/**
 * Applies the next piece of the log to a generation without its consumer, in the transaction that has its partitions
 * locked. No keys of it are held back.
 */
export async function advanceGeneration<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
  locked: LockedPartitions,
  transaction: Transaction,
  { before, limit }: Pick<LogQuery, 'before' | 'limit'>,
): Promise<{ readonly position: number; readonly end: boolean }> {
  const { store, storage, documents } = generations
  const states = locked.map(({ state }) => state)
  const after = slowestPosition(states)
  const { filter } = storage
  const query = store.widened({ after, before, backwards: false, limit, filter })
  const page = await store.adapter.readLog(query, transaction)
  if (page.next === after) return { position: after, end: page.end }
  const events = store.decoder.all(page.events)
  const deliveries = deliveriesOf(generations, events).flatMap(({ event, keys }) => {
    const due = keys.filter((key) => event.position > positionOfKey(states, key))
    return due.length === 0 ? [] : [{ event, keys: due }]
  })
  if (deliveries.length > 0) await storage.apply(generation, deliveries, transaction)
  const consumer = generations.consumer(generation)
  const writes = locked.map(({ state, text }) => {
    return consumer.partitionWrite(advanced(state, deliveries, page.next), text)
  })
  await documents.write(writes, transaction)
  return { position: page.next, end: page.end }
}

function advanced(state: PartitionState, deliveries: readonly Delivery[], position: number): PartitionState {
  const own = deliveries.flatMap(({ event, keys }) => {
    const owned = keys.filter((key) => sliceOf(key) >= state.from && sliceOf(key) < state.to)
    return owned.length === 0 ? [] : [{ event, keys: owned }]
  })
  const moved = movedTo(state, Math.max(state.position, position))
  const event = lastEvent(own) ?? state.event
  return { ...moved, event, handled: tallyDeliveries(state.handled, own), revision: state.revision + 1 }
}
