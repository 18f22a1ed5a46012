import type { StoredEvent } from '../event/stored-event.ts'
import { ImportConflictError } from '../transfer/transfer-errors.ts'

/** What an adapter knows of its log while it judges. */
export interface ImportGround {
  /** Position of the last stored event; 0 for an empty log. */
  readonly head: number
  /** The version that a stream is at; 0 for none. */
  readonly versionOf: (stream: string) => number
  /** The stored events that have one of the ids, in any order. */
  readonly taken: readonly Pick<StoredEvent, 'id' | 'stream'>[]
}

/**
 * The one rule for imports, for adapters to call inside their atomic step: events come behind the last position, in the
 * order of positions, with new ids, and go on with the versions of their streams. A new stream may begin behind version
 * 1, where its first events were removed.
 *
 * @returns the version that each stream of the import is at afterwards
 * @throws ImportConflictError
 */
export function judgeImport(
  events: readonly StoredEvent[],
  { head, versionOf, taken }: ImportGround,
): ReadonlyMap<string, number> {
  const versions = new Map<string, number>()
  const holders = new Map(taken.map(({ id, stream }) => [id, stream]))
  let last = head
  for (const { id, stream, version, position } of events) {
    if (position <= last) {
      throw new ImportConflictError(position, `the log has come to position ${last} already`)
    }
    last = position
    const before = versions.get(stream) ?? versionOf(stream)
    if (before === 0 ? version < 1 : version !== before + 1) {
      throw new ImportConflictError(
        position,
        `it is version ${version} of ${stream}, which is at version ${before}`,
      )
    }
    versions.set(stream, version)
    const holder = holders.get(id)
    if (holder !== undefined) {
      throw new ImportConflictError(position, `its id ${id} is stored already, in stream ${holder}`)
    }
    holders.set(id, stream)
  }
  return versions
}
