import { storableText } from '../event/storable-text.ts'
import type { FailureInfo } from './consumer-status.ts'

/** An error as text keeps it. */
export interface StoredFailure extends Omit<FailureInfo, 'at'> {
  /** Milliseconds since 1970, by the clock of the database. */
  readonly at: number
}

/** Never throws, whatever was thrown: an event that cannot be described would stop all others. */
export function describeFailure(error: unknown, at: number, position?: number): StoredFailure {
  const where = position === undefined ? {} : { position }
  try {
    return { ...describe(error), at, ...where }
  } catch {
    return { name: typeof error, message: 'What was thrown cannot be shown as text.', at, ...where }
  }
}

/** The fields of an error are whatever somebody has put there. */
function describe(error: unknown): Omit<StoredFailure, 'at'> {
  if (!(error instanceof Error)) return { name: typeof error, message: storableText(error) }
  const { name, message, stack, code } = error as {
    [field in 'name' | 'message' | 'stack' | 'code']: unknown
  }
  return {
    name: storableText(name),
    message: storableText(message),
    ...(typeof code === 'string' && { code: storableText(code) }),
    ...(typeof stack === 'string' && { stack: storableText(stack) }),
  }
}

export function failureInfo(stored: StoredFailure): FailureInfo
export function failureInfo(stored: StoredFailure | null | undefined): FailureInfo | undefined
export function failureInfo(stored: StoredFailure | null | undefined): FailureInfo | undefined {
  return stored === null || stored === undefined ? undefined : { ...stored, at: new Date(stored.at) }
}
