import { checkCount } from '../check-count.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamInfo } from '../store/store-adapter.ts'
import { reviseStream } from './revise-stream.ts'

export interface RemovalOptions {
  /** Whether to remove also what some consumer has not processed yet, and so will never see. Default false. */
  readonly force?: boolean
}

export interface TruncateStreamOptions extends RemovalOptions {
  /** The first version that stays. It must be able to stand for those before it. */
  readonly before: number
}

/** What is left of a stream. */
export interface TruncatedStream extends StreamInfo {
  /** How many events were removed. */
  readonly removed: number
}

/**
 * Removes the events of a stream before a version, for good. Those from there on stay as they are, with their versions
 * and positions, and appends go on with the next version. Folds begin at the event at that version, so that has to say
 * all that is needed of those before: where none does, use {@link summariseStream}. Loads of earlier versions and times
 * fail with `HistoryRemovedError`. The ids of removed events are forgotten: an append of one is a new event.
 *
 * One transaction, in which the database lets only this call remove; appends to the store wait until it ends, which takes
 * about as long as appending so many events. Repeating it changes nothing.
 *
 * @throws ConsumersBehindError a consumer has not processed what is to be removed
 * @throws VersionNotFoundError the stream does not reach `before`
 * @throws ConcurrencyError there is no such stream
 * @throws InvalidInputError `invalid-option`, and the other errors of {@link closeStream}
 * @example
 * await truncateStream(store, 'sensor-7', { before: 10_001 })
 */
export async function truncateStream<Transaction>(
  store: EventStore<Transaction>,
  stream: string,
  { before, force }: TruncateStreamOptions,
): Promise<TruncatedStream> {
  const { info, removed } = await reviseStream(store, stream, {
    before: checkCount(before, 'before', 1),
    force,
  })
  return { ...info, removed }
}
