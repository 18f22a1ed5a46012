import { positionOfKey, slowestPosition } from '../consumer/partition-positions.ts'
import { movedTo, type PartitionState } from '../consumer/partition-state.ts'
import type { Delivery } from '../consumer/processor.ts'
import { sliceOf } from '../consumer/slices.ts'
import { tallyEvent } from '../consumer/tally.ts'
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
  const page = await store.adapter.readLog({ after, before, backwards: false, limit, filter })
  if (page.next === after) return { position: after, end: page.end }
  const events = page.events.map((row) => store.decoder.event(row))
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
  let { event: last, handled } = state
  for (const { event, keys } of deliveries) {
    const own = keys.filter((key) => sliceOf(key) >= state.from && sliceOf(key) < state.to)
    if (own.length === 0) continue
    last = { position: event.position, id: event.id }
    handled = tallyEvent(handled, event.id, own.length)
  }
  const moved = movedTo(state, Math.max(state.position, position))
  return { ...moved, event: last, handled, revision: state.revision + 1 }
}
