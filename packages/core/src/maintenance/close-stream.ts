import type { EventStore } from '../store/event-store.ts'
import type { StreamInfo } from '../store/store-adapter.ts'
import { reviseStream } from './revise-stream.ts'

export interface CloseStreamOptions {
  /** The version that the stream has to be at. Default: any. */
  readonly expected?: number
}

/**
 * Closes a stream: from now on no append to it succeeds, whatever that expects. It is checked in the step that appends,
 * so nothing comes in between. Reads go on. Closing what is closed changes nothing. One short transaction.
 *
 * @throws ConcurrencyError there is no such stream, or it is not as expected
 * @throws UnsupportedError, InvalidInputError `invalid-stream-id`; StoreUnavailableError, LockTimeoutError,
 *   StoreClosedError, StoreFailureError
 * @example
 * await closeStream(store, 'account-42', { expected: 17 })
 */
export async function closeStream<Transaction>(
  store: EventStore<Transaction>,
  stream: string,
  options: CloseStreamOptions = {},
): Promise<StreamInfo> {
  return (await reviseStream(store, stream, { ...options, closed: true })).info
}
