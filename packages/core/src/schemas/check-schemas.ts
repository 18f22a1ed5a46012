import { InvalidInputError } from '../errors.ts'
import { currentVersion } from '../event/check-upcasters.ts'
import type { Upcasters } from '../event/define-upcasters.ts'
import type { JsonValue } from '../event/event.ts'
import type { EventSource } from '../event/event-sources.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { Upcasting } from '../event/upcasting.ts'
import { describeSchema } from './json-schema.ts'
import { schemaChanges } from './schema-changes.ts'
import { type LockedEvent, type LockedVersion, type SchemaLock, versionOf } from './schema-lock.ts'

/** Something that events of the log would not survive, or that the lock does not know yet. */
export interface SchemaProblem {
  /**
   * - `removed`: the definition has lost an event, and no upcaster says what has become of it
   * - `changed`: the schema of a version is another one, which old data may not fit
   * - `version-went-back`: the upcasters lead to an earlier version than before
   * - `sample-unreadable`: an upcaster throws for a sample, or its result does not fit the schema
   * - `not-locked`: an event, or a version of it, that the lock does not have: write it again
   */
  readonly code: 'removed' | 'changed' | 'version-went-back' | 'sample-unreadable' | 'not-locked'
  readonly category: string
  readonly type: string
  /** What is wrong, and what to do. */
  readonly message: string
}

/**
 * Compares definitions with the lock of before. Empty if every event that may be in the log is read as the definitions
 * say, and the lock is up to date. Deterministic, and without a store: for a test, or a check in continuous integration.
 *
 * @throws InvalidInputError `invalid-option`: that is no lock
 * @example
 * expect(await checkSchemas(lock, [Account, Order], { upcasters })).toEqual([])
 */
export async function checkSchemas(
  lock: SchemaLock,
  of: readonly EventSource[],
  { upcasters }: { readonly upcasters?: Upcasters | undefined } = {},
): Promise<readonly SchemaProblem[]> {
  if (lock.format !== 'eventfold-schemas' || lock.formatVersion !== 1) {
    throw new InvalidInputError(
      'invalid-option',
      'That is no lock of event schemas of this version. Write one with lockSchemas.',
    )
  }
  const schemas = new Map<string, Map<string, StandardSchema>>()
  for (const { category, events } of of) {
    const types = schemas.get(category) ?? new Map<string, StandardSchema>()
    for (const [type, schema] of Object.entries(events)) types.set(type, schema)
    schemas.set(category, types)
  }
  const check = new SchemaCheck(schemas, upcasters)
  for (const [category, types] of Object.entries(lock.events)) {
    for (const [type, locked] of Object.entries(types)) await check.locked(category, type, locked)
  }
  for (const [category, types] of schemas) {
    for (const type of types.keys()) check.isLocked(category, type, lock.events[category]?.[type])
  }
  return check.problems
}

class SchemaCheck {
  readonly problems: SchemaProblem[] = []
  readonly #schemas: ReadonlyMap<string, ReadonlyMap<string, StandardSchema>>
  readonly #upcasters: Upcasters | undefined
  readonly #upcasting: Upcasting

  constructor(
    schemas: ReadonlyMap<string, ReadonlyMap<string, StandardSchema>>,
    upcasters: Upcasters | undefined,
  ) {
    this.#schemas = schemas
    this.#upcasters = upcasters
    this.#upcasting = new Upcasting(upcasters ?? { steps: {} })
  }

  /** An event of which some may be in the log. */
  async locked(category: string, type: string, { versions }: LockedEvent): Promise<void> {
    const { steps = {} } = this.#upcasters ?? {}
    const schema = this.#schemas.get(category)?.get(type)
    const hasEnded = currentVersion(steps, type) === undefined
    const latest = Math.max(...Object.keys(versions).map(Number))
    const known = hasEnded ? (steps[type]?.length ?? 0) : versionOf(this.#upcasters, type)
    const add = (code: SchemaProblem['code'], message: string) => {
      this.problems.push({ code, category, type, message })
    }
    if (latest > known) {
      add(
        'version-went-back',
        `${type} was at version ${latest}, and its upcasters lead to ${known}. Keep the steps that were there.`,
      )
      return
    }
    if (schema === undefined && !hasEnded) {
      add(
        'removed',
        `${category} has no event ${type} any more. Keep it, or say in upcasters what has become of it, such as 'drop'.`,
      )
      return
    }
    const current = versions[String(known)]
    if (schema !== undefined && !hasEnded && current !== undefined) {
      this.#compare(category, type, known, current, schema)
    }
    for (const [version, { samples }] of Object.entries(versions)) {
      for (const [index, sample] of samples.entries()) {
        await this.#read(category, { type, schemaVersion: Number(version) }, index, sample)
      }
    }
  }

  isLocked(category: string, type: string, locked: LockedEvent | undefined): void {
    const version = versionOf(this.#upcasters, type)
    if (locked?.versions[String(version)] !== undefined) return
    const message = `Version ${version} of ${type} is not in the lock. Write the lock again.`
    this.problems.push({ code: 'not-locked', category, type, message })
  }

  #compare(category: string, type: string, version: number, locked: LockedVersion, schema: StandardSchema) {
    const described = describeSchema(schema)
    if (locked.schema === null || described === null) return
    const changes = schemaChanges(locked.schema, described)
    if (changes.length === 0) return
    const message =
      `Events of version ${version} of ${type} may not fit its schema any more: ${changes.join('; ')}. ` +
      `Take the change back, or add an upcaster from version ${version} to ${version + 1}.`
    this.problems.push({ code: 'changed', category, type, message })
  }

  async #read(
    category: string,
    { type, schemaVersion }: { readonly type: string; readonly schemaVersion: number },
    index: number,
    sample: JsonValue,
  ): Promise<void> {
    const place = `Sample ${index + 1} of version ${schemaVersion} of ${type}`
    const add = (message: string) => {
      this.problems.push({ code: 'sample-unreadable', category, type, message: `${place} ${message}` })
    }
    try {
      const event = { type, schemaVersion, stream: `${category}-sample`, version: 1 }
      const parts = this.#upcasting.isCurrent(type, schemaVersion)
        ? [{ type, data: sample }]
        : this.#upcasting.parts(structuredClone(sample), event)
      for (const part of parts) {
        const schema = this.#schemas.get(category)?.get(part.type)
        if (schema === undefined) {
          add(`becomes ${part.type}, which ${category} does not have. Add it, or lead the upcaster on.`)
          continue
        }
        const { issues } = await schema['~standard'].validate(part.data)
        const [issue] = issues ?? []
        if (issue !== undefined)
          add(`does not fit the schema of ${part.type}: ${issue.message}. Mend the upcaster.`)
      }
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      add(`cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Mend the upcaster.`)
    }
  }
}
