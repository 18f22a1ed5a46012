import { ConcurrencyError, isEventfoldError } from '../errors.ts'
import type { JsonValue, NewEvent } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamInfo } from '../store/store-adapter.ts'
import { exportStream } from '../transfer/export-stream.ts'
import { closeStream } from './close-stream.ts'
import { reopenStream } from './reopen-stream.ts'
import { checkConsumers, reviseStream } from './revise-stream.ts'
import { type Tombstone, tombstoneType } from './tombstone.ts'
import type { RemovalOptions } from './truncate-stream.ts'

/** Marks the event that stands for an archived stream, whatever its type. */
const tombstoneField = 'eventfoldTombstone'

export interface ArchiveStreamOptions extends RemovalOptions {
  /** The version that the stream has to be at. Default: any. */
  readonly expected?: number
  /**
   * The event that is left. Default: one of type `StreamArchived`, with which loads of the aggregate fail with
   * `StreamArchivedError`. An event of the aggregate gives the state that its `evolve` makes of it.
   */
  readonly tombstone?: (archived: Tombstone) => NewEvent
}

/** What is left of a stream. */
export interface ArchivedStream extends StreamInfo {
  /** How many events were archived now; 0 where that was done before. */
  readonly archived: number
}

/**
 * Moves the events of a stream into an archive of yours: closes the stream, hands its events to `keep` as the lines of an
 * export, which `importLog` takes, and only when that has resolved removes them, leaving one event as a tombstone. The
 * stream stays closed, so nobody begins it anew by accident; `reopenStream` opens it behind the tombstone.
 *
 * If `keep` rejects, nothing was removed, and a stream that was open is open again. If the process dies, the stream is
 * closed, and archiving it again goes on; once it is archived, that changes nothing and does not call `keep`. Memory
 * holds one page of events. Removal costs what {@link truncateStream} does.
 *
 * @param keep makes the lines durable; what it resolves with goes into the tombstone
 * @throws ConsumersBehindError a consumer has not processed all its events; `keep` was not called
 * @throws ConcurrencyError there is no such stream, or it is not as expected
 * @throws what `keep` throws, and the other errors of {@link truncateStream}
 * @example
 * await archiveStream(store, 'account-42', async (lines) => {
 *   await writeFile('account-42.jsonl', Readable.from(lines).map((line) => `${line}\n`))
 *   return 'account-42.jsonl'
 * })
 */
export async function archiveStream<Transaction>(
  store: EventStore<Transaction>,
  stream: string,
  keep: (lines: AsyncGenerator<string, void, undefined>, info: StreamInfo) => Promise<JsonValue | undefined>,
  options: ArchiveStreamOptions = {},
): Promise<ArchivedStream> {
  const found = await store.streamInfo(stream)
  if (found === undefined) throw new ConcurrencyError(stream, options.expected ?? 'stream-exists', 0)
  if (await isArchived(store, found)) return { ...found, archived: 0 }
  if (options.force !== true) await checkConsumers(store, stream, found.version + 1)
  const closed = await closeStream(store, stream, {
    ...(options.expected !== undefined && { expected: options.expected }),
  })
  try {
    const archive = (await keep(exportStream(store, closed), closed)) ?? null
    const { firstVersion, version: lastVersion } = closed
    const info = await leaveTombstone(store, closed, { firstVersion, lastVersion, archive }, options)
    return { ...info, archived: lastVersion - firstVersion + 1 }
  } catch (error) {
    // Otherwise it may be archived by now.
    const isUncertain = isEventfoldError(error, 'store-unavailable')
    if (!found.closed && !isUncertain) await reopenStream(store, stream)
    throw error
  }
}

async function leaveTombstone<Transaction>(
  store: EventStore<Transaction>,
  { stream, version }: StreamInfo,
  archived: Tombstone,
  { tombstone, force }: ArchiveStreamOptions,
): Promise<StreamInfo> {
  const event = tombstone?.(archived) ?? { type: tombstoneType, data: archived }
  const metadata = { [tombstoneField]: true }
  const revision = { event, metadata, before: 'event', expected: version, closed: true, force } as const
  return (await reviseStream(store, stream, revision)).info
}

async function isArchived<Transaction>(
  store: EventStore<Transaction>,
  { stream, version, firstVersion, closed }: StreamInfo,
): Promise<boolean> {
  if (!closed || firstVersion !== version) return false
  const [last] = await store.readStream(stream, { backwards: true, limit: 1 })
  return last?.metadata[tombstoneField] === true
}
