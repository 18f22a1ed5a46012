import { checkCount } from '../check-count.ts'
import type { EventMetadata, NewEvent } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { reviseStream } from './revise-stream.ts'
import type { RemovalOptions, TruncatedStream } from './truncate-stream.ts'

export interface SummariseStreamOptions extends RemovalOptions {
  /** The version that the summary was made of. Nothing happens if the stream has moved on. */
  readonly expected: number
  readonly metadata?: EventMetadata
}

/**
 * Appends a summary of a stream and removes everything before it, in one step: whoever reads finds the events, or the
 * summary. Its `evolve` has to give the state from the summary alone, whatever the state was. A closed stream stays
 * closed. With an id of yours for the summary, repeating it changes nothing; apart from that, as {@link truncateStream}.
 *
 * @throws ConcurrencyError the stream is not at `expected`
 * @throws ConsumersBehindError, and the other errors of {@link truncateStream} and `EventStore.append`
 * @example
 * const { state, version } = await accounts.load('42')
 * const summary = { type: 'AccountSummarised', data: state }
 * await summariseStream(store, 'account-42', summary, { expected: version })
 */
export async function summariseStream<Transaction>(
  store: EventStore<Transaction>,
  stream: string,
  summary: NewEvent,
  { expected, metadata, force }: SummariseStreamOptions,
): Promise<TruncatedStream> {
  checkCount(expected, 'expected', 1)
  const { info, removed } = await reviseStream(store, stream, {
    event: summary,
    before: 'event',
    expected,
    metadata,
    force,
  })
  return { ...info, removed }
}
