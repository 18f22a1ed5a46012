import { isEventfoldError } from '../errors.ts'
import type { FailureInfo } from './consumer-status.ts'

/** An error as text keeps it. */
export interface StoredFailure extends Omit<FailureInfo, 'at'> {
  /** Milliseconds since 1970, by the clock of the database. */
  readonly at: number
}

export function describeFailure(error: unknown, at: number, position?: number): StoredFailure {
  const where = position === undefined ? {} : { position }
  if (!(error instanceof Error)) return { name: typeof error, message: String(error), at, ...where }
  const code: unknown = isEventfoldError(error) ? error.code : (error as { readonly code?: unknown }).code
  return {
    name: error.name,
    message: error.message.toWellFormed(),
    ...(typeof code === 'string' && { code }),
    ...(error.stack !== undefined && { stack: error.stack.toWellFormed() }),
    at,
    ...where,
  }
}

export function failureInfo(stored: StoredFailure): FailureInfo
export function failureInfo(stored: StoredFailure | null | undefined): FailureInfo | undefined
export function failureInfo(stored: StoredFailure | null | undefined): FailureInfo | undefined {
  return stored === null || stored === undefined ? undefined : { ...stored, at: new Date(stored.at) }
}
