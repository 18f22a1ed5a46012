import type { RecordedEvent } from '../event/event.ts'

/**
 * One event, and those of its keys that are meant now: a partition has a share of the keys, and keys that are held
 * back by a parked event are left out. What a processor does, it does for these keys only.
 */
export interface Delivery<Event extends RecordedEvent = RecordedEvent> {
  readonly event: Event
  /** At least one. */
  readonly keys: readonly string[]
}

export interface BatchContext {
  /**
   * Aborts when the work has become pointless: the time is up, the consumer stops, or somebody else has taken over.
   * Hand it to whatever can be aborted.
   */
  readonly signal: AbortSignal
  /** 1 for the first attempt. It starts again at 1 when the consumer is restarted or taken over. */
  readonly attempt: number
}

export interface HandlerContext extends BatchContext {
  /**
   * The same whenever this consumer handles this event, and different for every other event and consumer. Pass it to
   * the outside service, or store it with the effect, so that a second delivery has no second effect.
   */
  readonly idempotencyKey: string
}

/**
 * What a consumer does with events: `handle` for effects outside of the database, `apply` for those within it. One of
 * the two.
 *
 * @typeParam Transaction what stands for an open transaction of the store
 */
export interface Processor<Transaction = unknown> {
  /**
   * The keys by which events are spread over partitions, kept in order, and held back when one fails. Without: the
   * stream. None: the event is not for this consumer, and passed over. Pure: the same event has the same keys for ever,
   * and each once. With `handle`, one key at most.
   *
   * An event for which it throws, or which cannot be decoded, counts as failed, with its stream as its key.
   */
  keysOf?(event: RecordedEvent): readonly string[]
  /**
   * At least once: outside of any transaction, one event at a time per partition. A crash, a lost lease or a failure
   * repeats it.
   */
  handle?(delivery: Delivery, context: HandlerContext): unknown
  /**
   * Exactly once: in the transaction that moves the checkpoint, with the events of a batch in the order of positions.
   * All that is done through `transaction` is committed together with the checkpoint, or not at all. It may be called
   * again, after a rollback, with the same or with fewer events.
   */
  apply?(deliveries: readonly Delivery[], transaction: Transaction, context: BatchContext): unknown
  /**
   * Whether `apply` may append events. Then its transactions wait for the disk, so that nobody reads an event that the
   * crash of a machine undoes, and whose position it gives to another one. Default true; without, a crash may undo the
   * last transactions together with their checkpoints, and they are repeated.
   */
  readonly appends?: boolean
}
