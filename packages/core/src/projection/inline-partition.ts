import type { PartitionState } from '../consumer/partition-state.ts'
import type { Delivery } from '../consumer/processor.ts'
import { lastEvent, tallyDeliveries } from '../consumer/tally-deliveries.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { Generations } from './generations.ts'

/** A partition as it was read, locked by the transaction that changes it. */
interface Locked {
  readonly state: PartitionState
  readonly text: string
}

/** The deliveries of a projection, from events of the log. */
export function deliveriesOf<Transaction>(
  { storage }: Generations<Transaction>,
  events: readonly RecordedEvent[],
): readonly Delivery[] {
  const deliveries: Delivery[] = []
  for (const event of events) {
    const keys = storage.keysOf(event)
    if (keys.length > 0) deliveries.push({ event, keys })
  }
  return deliveries
}

/** Applies what a partition has not seen yet, without its consumer. All events are for it. */
export async function applyToPartition<Transaction>(
  generations: Generations<Transaction>,
  generation: number,
  { state, text }: Locked,
  deliveries: readonly Delivery[],
  position: number,
  transaction: Transaction,
): Promise<PartitionState> {
  if (deliveries.length > 0) await generations.storage.apply(generation, deliveries, transaction)
  const next: PartitionState = {
    ...state,
    revision: state.revision + 1,
    position: Math.max(state.position, position),
    event: lastEvent(deliveries) ?? state.event,
    handled: tallyDeliveries(state.handled, deliveries),
  }
  const consumer = generations.consumer(generation)
  await generations.documents.write([consumer.partitionWrite(next, text)], transaction)
  return next
}
