import type { Delivery } from '../consumer/processor.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { LogFilter } from '../store/store-adapter.ts'

/** Where a projection of some kind keeps what it makes of events, by generation. */
export interface ProjectionStorage<Transaction> {
  readonly name: string
  readonly version: number
  readonly filter: LogFilter
  /** Whether the events may be spread over several partitions by their keys. */
  readonly mayPartition: boolean
  keysOf(event: RecordedEvent): readonly string[]

  /** Makes room for a generation. */
  create(generation: number, transaction: Transaction): Promise<void>

  /** Applies events that were not applied before, in the order of positions. */
  apply(generation: number, deliveries: readonly Delivery[], transaction: Transaction): Promise<void>

  /** Makes a generation the one that is read, where readers do not ask the record themselves. */
  publish(generation: number, transaction: Transaction): Promise<void>

  /** Removes a generation, which nobody writes to any more. May be called again. */
  remove(generation: number): Promise<void>
}
