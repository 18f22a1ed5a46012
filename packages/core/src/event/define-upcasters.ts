import { InvalidInputError } from '../errors.ts'
import { checkUpcasters } from './check-upcasters.ts'

/** Where an event that is upcast stands. */
export interface UpcastContext {
  readonly stream: string
  readonly version: number
  /** As stored, or as the step before left it. */
  readonly type: string
  readonly schemaVersion: number
}

/** Makes data of one version of an event data of the next. Pure; it gets the data frozen. */
export type UpcastData = (data: never, event: UpcastContext) => unknown

/** The event goes by another name. */
export interface RenamedEvent {
  readonly as: string
  /** The version of that event which the data is of, or is made to be by `upcast`. Default 1. */
  readonly version?: number
  readonly upcast?: UpcastData
}

/** One event was several, or is of another type depending on its data. */
export interface SplitEvent {
  /** What it may become: types, and the versions of which the data is made. */
  readonly into: Readonly<Record<string, number>>
  readonly upcast: (data: never, event: UpcastContext) => readonly UpcastEvent[]
}

/** An event as an upcaster makes it. */
export interface UpcastEvent {
  readonly type: string
  readonly data: unknown
}

/** The event means nothing any more. */
export type DroppedEvent = 'drop'

export type UpcastStep = UpcastData | RenamedEvent | SplitEvent | DroppedEvent

/** By event type: the step from version 1, the step from version 2, and so on. */
export type UpcastSteps = Readonly<Record<string, readonly UpcastStep[]>>

export interface UpcasterOptions {
  /**
   * What is read in place of an event that a step throws for, or that is of a later version than the steps lead to:
   * events of current versions, or none. Default: reading it fails with `UnreadableEventError`.
   */
  readonly onFailure?: (failure: UpcastFailure) => readonly UpcastEvent[]
}

export interface UpcastFailure extends UpcastContext {
  readonly data: unknown
  /** What the step threw; undefined for an event of a later version. */
  readonly error: unknown
}

/** Made by {@link defineUpcasters}; an option of every store. */
export interface Upcasters extends UpcasterOptions {
  readonly steps: UpcastSteps
}

/**
 * How events of old schema versions become those of today, whenever they are read. The log stays as it is.
 *
 * A list belongs to a type: its first step leads from version 1 to 2, the next from 2 to 3. A function makes the data
 * of the next version. `{ as }` renames, `{ into, upcast }` splits, and `'drop'` leaves out; these end a list, since
 * the type ends with them. What is appended has the version that the list leads to.
 *
 * @throws InvalidInputError `invalid-definition`: a step after the end, a circle, or a target that does not exist
 * @example
 * const upcasters = defineUpcasters({
 *   MoneyDeposited: [
 *     (data: { amount: number }) => ({ cents: data.amount * 100 }),
 *     (data: { cents: number }) => ({ ...data, currency: 'EUR' }),
 *   ],
 *   CashPaidIn: [{ as: 'MoneyDeposited', version: 2 }],
 * })
 * const store = await openSqlite('bank.db', { upcasters })
 */
export function defineUpcasters(steps: UpcastSteps, options: UpcasterOptions = {}): Upcasters {
  for (const [type, list] of Object.entries(steps)) {
    if (!Array.isArray(list) || list.length === 0) {
      throw new InvalidInputError('invalid-definition', `The upcasters of ${type} are not a list of steps.`)
    }
  }
  checkUpcasters(steps)
  const frozen = Object.fromEntries(
    Object.entries(steps).map(([type, list]) => [type, Object.freeze([...list])]),
  )
  return Object.freeze({ ...options, steps: Object.freeze(frozen) })
}
