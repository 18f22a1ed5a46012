import { type EventStore, streamId } from '@eventfold/core'

/** A stream, as a list of them shows it. */
export interface ListedStream {
  readonly stream: string
  /** Position of its first event. */
  readonly position: number
  /** As of now. */
  readonly version: number
  readonly firstRecordedAt: Date
  readonly lastRecordedAt: Date
}

const pageSize = 1_000

/**
 * The streams of a store in the order of their first events. No store has an index of streams, so this reads the log; the
 * first event of a stream is the one with version 1, so nothing has to be remembered, and nothing to be decoded.
 *
 * @throws InvalidInputError `invalid-stream-id`; StoreUnavailableError, StoreFailureError
 */
export async function* listStreams(
  store: EventStore,
  options: { readonly category?: string; readonly after: number; readonly limit: number },
): AsyncGenerator<ListedStream, void, undefined> {
  const { category, limit } = options
  if (category !== undefined) streamId(category, 'any')
  const filter = category === undefined ? {} : { category }
  const query = { before: Number.MAX_SAFE_INTEGER, backwards: false, limit: pageSize, filter }
  let { after } = options
  let count = 0
  for (;;) {
    const { events, next, end } = await store.adapter.readLog({ ...query, after })
    for (const { stream, version, position, recordedAt } of events) {
      if (version !== 1) continue
      const info = await store.streamInfo(stream)
      yield {
        stream,
        position,
        version: info?.version ?? version,
        firstRecordedAt: new Date(recordedAt),
        lastRecordedAt: info?.lastRecordedAt ?? new Date(recordedAt),
      }
      if (++count === limit) return
    }
    if (end) return
    after = next
  }
}
