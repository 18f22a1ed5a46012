import { DomainError } from '../errors.ts'
import { storableText } from '../event/storable-text.ts'

/** What is stored of a command that was carried out, so that its result can be given again. */
export interface StoredResult {
  readonly id: string
  readonly stream?: string
  readonly version?: number
  readonly position?: number
  /** How many events were appended, up to `version`. */
  readonly events: number
  readonly value?: unknown
}

/** What has become of a command with a key. Times are milliseconds since 1970, by the clock of the database. */
export type KeyStatus =
  | { readonly status: 'running'; readonly owner: string; readonly claimedUntil: number }
  | { readonly status: 'done'; readonly result: StoredResult }
  | { readonly status: 'refused'; readonly code: string; readonly message: string }

/** What is stored under a key: for which request, and until when. */
export type KeyRecord = KeyStatus & { readonly request: string; readonly until: number }

export interface EncodedKey {
  readonly text: string
  readonly until: number
}

/** What was found under a key. */
export interface KeyState {
  /** The text to compare by; null for none. */
  readonly expected: string | null
  /** Undefined where the key is free: there is nothing, or it is no longer kept. */
  readonly record: KeyRecord | undefined
  readonly now: number
}

/** A command with its key. */
export interface KeyedCommand {
  readonly key: string
  readonly command: string
  /** Fingerprint of what is asked. */
  readonly request: string
  /** Whether a refusal is stored as well. */
  readonly keepRefusal: boolean
  readonly signal: AbortSignal | undefined
}

/** What has come of a command: just now, or (`repeated`) an earlier time. */
export interface Carried {
  readonly result: StoredResult
  readonly repeated: boolean
}

/**
 * What is known already; undefined where it is still to be carried out.
 *
 * @throws DomainError a refusal that was kept
 */
export function answerOf({ record }: KeyState): Carried | undefined {
  if (record === undefined || record.status === 'running') return undefined
  if (record.status === 'refused') throw new DomainError(record.code, record.message)
  return { result: record.result, repeated: true }
}

export function refusalOf(error: unknown): KeyStatus {
  const { code, message } = error as DomainError
  return { status: 'refused', code, message: storableText(message) }
}
