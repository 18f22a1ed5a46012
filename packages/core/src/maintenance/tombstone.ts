import type { JsonValue } from '../event/event.ts'

/** The type of the event that stands for an archived stream, unless you choose another one. */
export const tombstoneType = 'StreamArchived'

/** Its data. */
export interface Tombstone {
  /** The versions that were archived. */
  readonly firstVersion: number
  readonly lastVersion: number
  /** What the function that archived has resolved with, such as the name of a file. */
  readonly archive: JsonValue
}
