import type { EventStore } from '@eventfold/core'

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

/**
 * The streams of a store in the order of their first events. No store has an index of streams, so this reads the log; the
 * first event of a stream is the one with version 1, so nothing has to be remembered.
 */
export async function* listStreams(
  store: EventStore,
  { limit, ...log }: { readonly category?: string; readonly after: number; readonly limit: number },
): AsyncGenerator<ListedStream, void, undefined> {
  let count = 0
  for await (const events of store.readLogInBatches(log)) {
    for (const { stream, version, position, recordedAt } of events) {
      if (version !== 1) continue
      const info = await store.streamInfo(stream)
      yield {
        stream,
        position,
        version: info?.version ?? version,
        firstRecordedAt: recordedAt,
        lastRecordedAt: info?.lastRecordedAt ?? recordedAt,
      }
      if (++count === limit) return
    }
  }
}
