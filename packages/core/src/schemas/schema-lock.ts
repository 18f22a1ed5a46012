import { currentVersion } from '../event/check-upcasters.ts'
import type { Upcasters } from '../event/define-upcasters.ts'
import type { JsonValue } from '../event/event.ts'
import type { EventSource } from '../event/event-sources.ts'
import { describeSchema, type JsonSchema } from './json-schema.ts'

/** What was agreed on how events look, to be kept beside the code. Plain JSON. */
export interface SchemaLock {
  readonly format: 'eventfold-schemas'
  readonly formatVersion: 1
  /** By category and type. */
  readonly events: Readonly<Record<string, Readonly<Record<string, LockedEvent>>>>
}

export interface LockedEvent {
  /** By schema version, from 1. Events of each may be in the log. */
  readonly versions: Readonly<Record<string, LockedVersion>>
}

export interface LockedVersion {
  /** Null where the schema does not describe itself. */
  readonly schema: JsonSchema | null
  /** Data as it was stored. It has to be readable for ever. Add your own. */
  readonly samples: readonly JsonValue[]
}

export interface LockOptions {
  readonly upcasters?: Upcasters | undefined
  /** The lock of before: its older versions and its samples are kept. */
  readonly previous?: SchemaLock | undefined
}

export const emptyLock: SchemaLock = Object.freeze({
  format: 'eventfold-schemas',
  formatVersion: 1,
  events: {},
})

/**
 * The lock of definitions as they are: to write for the first time, and after every change that {@link checkSchemas}
 * has nothing against.
 *
 * @example
 * await writeFile('events.lock.json', JSON.stringify(lockSchemas([Account], { upcasters, previous }), null, 2))
 */
export function lockSchemas(
  of: readonly EventSource[],
  { upcasters, previous = emptyLock }: LockOptions = {},
): SchemaLock {
  const events: Record<string, Record<string, LockedEvent>> = {}
  for (const [category, types] of Object.entries(previous.events)) events[category] = { ...types }
  for (const { category, events: schemas } of of) {
    const types = events[category] ?? {}
    events[category] = types
    for (const [type, schema] of Object.entries(schemas)) {
      const version = String(versionOf(upcasters, type))
      const before = types[type]?.versions ?? {}
      const samples = before[version]?.samples ?? []
      types[type] = { versions: { ...before, [version]: { schema: describeSchema(schema), samples } } }
    }
  }
  return {
    ...emptyLock,
    events: sorted(Object.entries(events).map(([name, types]) => [name, sorted(Object.entries(types))])),
  }
}

/** The version that events of a type are appended with. */
export function versionOf(upcasters: Upcasters | undefined, type: string): number {
  return (upcasters === undefined ? 1 : currentVersion(upcasters.steps, type)) ?? 1
}

/** So that a lock changes where the definitions do, and nowhere else. */
function sorted<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
