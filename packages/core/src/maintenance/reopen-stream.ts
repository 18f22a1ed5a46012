import type { EventStore } from '../store/event-store.ts'
import type { StreamInfo } from '../store/store-adapter.ts'
import { reviseStream } from './revise-stream.ts'

/**
 * Opens a closed stream again: appends go on with its next version, also behind the tombstone of an archived one. Opening
 * what is open changes nothing.
 *
 * @throws ConcurrencyError there is no such stream
 * @throws the other errors of {@link closeStream}
 * @example
 * await reopenStream(store, 'account-42')
 */
export async function reopenStream<Transaction>(
  store: EventStore<Transaction>,
  stream: string,
): Promise<StreamInfo> {
  return (await reviseStream(store, stream, { closed: false })).info
}
