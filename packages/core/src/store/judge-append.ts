import { ConcurrencyError, EventIdConflictError, StreamClosedError } from '../errors.ts'
import { meetsExpectation } from '../event/expected-version.ts'
import type { EncodedEvent, StoredEvent } from '../event/stored-event.ts'
import type { StreamReceipt, StreamWrite } from './store-adapter.ts'

/** What identifies a stored event and its content. */
export type StoredIdentity = Pick<
  StoredEvent,
  'id' | 'stream' | 'version' | 'position' | 'type' | 'schemaVersion' | 'data' | 'tags'
>

/**
 * The one rule for idempotency and expectations, for adapters to call inside their atomic step, or after it refused.
 *
 * The same events again (same ids in the same order and stream, same type, schema version, data and tags; metadata
 * may differ, the first is kept) are a duplicate, whatever version is expected. Some of the ids, or an id with other
 * content, are an error. Only then it counts whether the stream is closed, and after that which version is expected.
 *
 * @param stored the events of the log that have one of the ids of `writes`, in any order
 * @param versionOf the version that a stream is at; 0 for none
 * @param isClosed whether appends to a stream are refused
 * @returns the receipts of the first append if this is a duplicate; undefined if it is to be stored
 * @throws EventIdConflictError, StreamClosedError, ConcurrencyError
 */
export function judgeAppend(
  writes: readonly StreamWrite[],
  stored: readonly StoredIdentity[],
  versionOf: (stream: string) => number,
  isClosed: (stream: string) => boolean = () => false,
): readonly StreamReceipt[] | undefined {
  if (stored.length > 0) return writes.map((write) => findFirstResult(write, stored))
  for (const { stream, expected } of writes) {
    const actual = versionOf(stream)
    if (isClosed(stream)) throw new StreamClosedError(stream, actual)
    if (!meetsExpectation(expected, actual)) throw new ConcurrencyError(stream, expected, actual)
  }
  return undefined
}

function findFirstResult(write: StreamWrite, stored: readonly StoredIdentity[]): StreamReceipt {
  const byId = new Map(stored.map((event) => [event.id, event]))
  let last: StoredIdentity | undefined
  for (const event of write.events) {
    const found = byId.get(event.id)
    if (found === undefined) {
      const other = stored[0] as StoredIdentity
      throw new EventIdConflictError(other.id, other.stream, 'but other events of this append are not stored')
    }
    if (found.stream !== write.stream) {
      throw new EventIdConflictError(found.id, found.stream, `not in ${write.stream}`)
    }
    if (!hasSameContent(found, event)) {
      throw new EventIdConflictError(found.id, found.stream, 'with other content')
    }
    if (last !== undefined && found.version !== last.version + 1) {
      throw new EventIdConflictError(found.id, found.stream, 'in another order')
    }
    last = found
  }
  const { stream, version, position } = last as StoredIdentity
  return { stream, version, position, duplicate: true }
}

function hasSameContent(stored: StoredIdentity, event: EncodedEvent): boolean {
  return (
    stored.type === event.type &&
    stored.schemaVersion === event.schemaVersion &&
    stored.data === event.data &&
    stored.tags.length === event.tags.length &&
    stored.tags.every((tag) => event.tags.includes(tag))
  )
}
