import { InvalidInputError, UnreadableEventError } from '../errors.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import { currentVersion, targetsOf } from './check-upcasters.ts'
import type { UpcastContext, UpcastEvent, Upcasters, UpcastStep } from './define-upcasters.ts'
import { deepFreeze } from './json.ts'

/** What is read of a stored event: the event itself, or one that upcasters made of it. */
export interface EventPart extends UpcastEvent {
  readonly schemaVersion: number
}

/** Applies upcasters to what was decoded. */
export class Upcasting {
  readonly #upcasters: Upcasters
  readonly #steps: ReadonlyMap<string, readonly UpcastStep[]>
  /** For each type the types that may become it, itself included. */
  readonly #sources = new Map<string, ReadonlySet<string>>()
  /** The version of today of each type that has steps; undefined where the type has ended. */
  readonly #current: ReadonlyMap<string, number | undefined>

  constructor(upcasters: Upcasters) {
    const { steps } = upcasters
    this.#upcasters = upcasters
    this.#steps = new Map(Object.entries(steps))
    this.#current = new Map(Object.keys(steps).map((type) => [type, currentVersion(steps, type)]))
    const types = new Set([...this.#steps.keys(), ...[...this.#steps.values()].flat().flatMap(namesOf)])
    for (const type of types) this.#sources.set(type, this.#sourcesOf(type))
  }

  /** The text of all steps: what was folded with other ones may be something else. */
  get fingerprint(): string {
    return JSON.stringify(
      Object.entries(this.#upcasters.steps).map(([type, list]) => [type, list.map(textOf)]),
    )
  }

  /** Whether an event is read as it is stored. */
  isCurrent(type: string, schemaVersion: number): boolean {
    return this.#current.get(type) === schemaVersion || !this.#current.has(type)
  }

  /**
   * The version to append events of a type with.
   *
   * @throws InvalidInputError `invalid-schema-version`: another version was asked for, or the type has ended
   */
  versionToAppend(type: string, asked: number | undefined, pointer: string): number {
    if (!this.#current.has(type)) return asked === undefined ? 1 : asked
    const current = this.#current.get(type)
    if (current !== undefined && (asked === undefined || asked === current)) return current
    const problem =
      current === undefined
        ? `Events of type ${type} are only read: its upcasters end the type. Append what it has become.`
        : `Events of type ${type} are appended with schema version ${current}, not ${String(asked)}.`
    throw new InvalidInputError('invalid-schema-version', problem, { pointer: `${pointer}/schemaVersion` })
  }

  /** The filter that finds what may become what `filter` asks for. */
  widen(filter: LogFilter): LogFilter {
    if (filter.types === undefined) return filter
    const types = new Set<string>()
    for (const type of filter.types) for (const source of this.#sources.get(type) ?? [type]) types.add(source)
    return types.size === filter.types.length ? filter : { ...filter, types: [...types] }
  }

  /**
   * What an event has become: several, one, or none.
   *
   * @throws UnreadableEventError
   */
  parts(data: unknown, event: UpcastContext): readonly EventPart[] {
    try {
      return this.#upcast(deepFreeze(data), event)
    } catch (error) {
      const isLater = error instanceof LaterVersion
      const { onFailure } = this.#upcasters
      if (onFailure !== undefined) {
        const instead = onFailure({ ...event, data, error: isLater ? undefined : error })
        return instead.map(({ type, data: other }) => {
          return { type, data: other, schemaVersion: this.#current.get(type) ?? 1 }
        })
      }
      const reason = isLater ? error.message : 'its upcaster failed'
      throw new UnreadableEventError(event, reason, isLater ? {} : { cause: error })
    }
  }

  #upcast(stored: unknown, event: UpcastContext): readonly EventPart[] {
    const { type, stream, version } = event
    let { schemaVersion } = event
    let data = stored
    const list = this.#steps.get(type) ?? []
    if (list.length > 0 && schemaVersion > (this.#current.get(type) ?? list.length)) {
      throw new LaterVersion(schemaVersion, type)
    }
    for (; schemaVersion <= list.length; schemaVersion++) {
      const step = list[schemaVersion - 1] as UpcastStep
      const context = { stream, version, type, schemaVersion }
      if (step === 'drop') return []
      if (typeof step === 'function') {
        data = deepFreeze(step(data as never, context))
        continue
      }
      if ('into' in step) {
        return step.upcast(data as never, context).flatMap((part) => {
          if (!Object.hasOwn(step.into, part.type)) {
            throw new Error(`${type} was split into ${part.type}, which is not in \`into\`.`)
          }
          const partVersion = step.into[part.type] as number
          return this.#upcast(part.data, { stream, version, type: part.type, schemaVersion: partVersion })
        })
      }
      const renamed = step.upcast === undefined ? data : step.upcast(data as never, context)
      return this.#upcast(deepFreeze(renamed), {
        stream,
        version,
        type: step.as,
        schemaVersion: step.version ?? 1,
      })
    }
    return [{ type, schemaVersion, data }]
  }

  #sourcesOf(type: string): ReadonlySet<string> {
    const sources = new Set([type])
    for (const found of sources) {
      for (const [source, list] of this.#steps) if (list.flatMap(namesOf).includes(found)) sources.add(source)
    }
    return sources
  }
}

/** Written by newer code. */
class LaterVersion extends Error {
  constructor(schemaVersion: number, type: string) {
    super(`its schema version ${schemaVersion} is later than the upcasters of ${type} know`)
  }
}

function namesOf(step: UpcastStep): readonly string[] {
  return targetsOf(step).map(([type]) => type)
}

function textOf(step: UpcastStep): unknown {
  if (typeof step !== 'object') return String(step)
  return { ...step, upcast: String(step.upcast) }
}
