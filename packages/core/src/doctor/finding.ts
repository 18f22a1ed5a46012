import type { JsonValue } from '../event/event.ts'

/**
 * - `error`: a guarantee does not hold, or something stands still that should not
 * - `warning`: it holds, but somebody should look before it becomes an error
 * - `info`: worth knowing
 */
export type Severity = 'error' | 'warning' | 'info'

/** What a look at a store has found. */
export interface Finding {
  /** Stable: part of the public interface, unlike the message. `docs/reference/findings.md` explains each. */
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** What to do about it. */
  readonly advice: string
  readonly details: Readonly<Record<string, JsonValue>>
}

/** How a store is to be looked at. */
export interface Inspection {
  /** How long something may last before it is worth a word, in milliseconds. */
  readonly patience: number
  /** Whether to look also where that takes long. */
  readonly thorough: boolean
}
