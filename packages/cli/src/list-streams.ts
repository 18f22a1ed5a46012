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
 * The streams of a store in the order of the first events that are left of them. No store has an index of streams, so this
 * reads the log; the first event of a stream is the one with version 1, so nothing has to be decoded, and only the names
 * of streams that have lost events are remembered.
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
  const shortened = await shortenedStreams(store)
  for (;;) {
    const { events, next, end } = await store.adapter.readLog({ ...query, after })
    for (const { stream, version, position, recordedAt } of events) {
      if (version !== 1 && !shortened.has(stream)) continue
      const info = await store.streamInfo(stream)
      if (info !== undefined && info.firstVersion !== version) continue
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

/** Streams whose first events were removed. */
async function shortenedStreams({ adapter }: EventStore): Promise<ReadonlySet<string>> {
  const streams = new Set<string>()
  let after: string | undefined
  for (;;) {
    const page = (await adapter.maintenance?.listMarks(after, pageSize)) ?? []
    for (const { stream, removedTo } of page) if (removedTo !== null) streams.add(stream)
    if (page.length < pageSize) return streams
    after = page.at(-1)?.stream
  }
}
