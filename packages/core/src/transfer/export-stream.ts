import type { EventStore } from '../store/event-store.ts'
import type { StreamInfo } from '../store/store-adapter.ts'
import { lineOfEvent } from './export-log.ts'
import { formatName, formatVersion, LineWriter } from './log-lines.ts'

const pageSize = 500

/** The events of one stream, up to the version that is known of it, as an export of a log that has nothing else. */
export async function* exportStream<Transaction>(
  { storage }: EventStore<Transaction>,
  { stream, firstVersion, version }: StreamInfo,
): AsyncGenerator<string, void, undefined> {
  const lines = new LineWriter()
  yield lines.write({ format: formatName, formatVersion, after: null })
  let events = 0
  let position = 0
  let from = firstVersion
  while (from <= version) {
    const page = await storage.readStream({ stream, from, to: version, backwards: false, limit: pageSize })
    if (page.length === 0) break
    for (const event of page) {
      yield lines.write(lineOfEvent(event))
      position = event.position
    }
    events += page.length
    from += page.length
  }
  yield lines.write({ end: { events, documents: null, position } })
}
