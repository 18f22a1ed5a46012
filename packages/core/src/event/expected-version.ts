import { InvalidInputError } from '../errors.ts'

/**
 * What an appender believes about a stream; the store checks it in the same atomic step that appends.
 *
 * - a number: the stream is at exactly this version
 * - `'no-stream'`: it does not exist yet (0 means the same)
 * - `'stream-exists'`: it has at least one event
 * - `'any'`: nothing; never conflicts
 */
export type ExpectedVersion = number | 'no-stream' | 'stream-exists' | 'any'

/** Refuses a version that cannot be, and turns 0 into `'no-stream'`. */
export function parseExpectedVersion(expected: ExpectedVersion): ExpectedVersion {
  if (expected === 0 || expected === 'no-stream') return 'no-stream'
  if (expected === 'stream-exists' || expected === 'any') return expected
  if (Number.isSafeInteger(expected) && expected > 0) return expected
  throw new InvalidInputError(
    'invalid-expected-version',
    `Expected version ${String(expected)} cannot be: use a whole number from 0, 'no-stream', 'stream-exists' or 'any'.`,
  )
}

/** Whether a stream at version `actual` (0: no such stream) is as expected. */
export function meetsExpectation(expected: ExpectedVersion, actual: number): boolean {
  if (expected === 'any') return true
  if (expected === 'no-stream') return actual === 0
  if (expected === 'stream-exists') return actual > 0
  return actual === expected
}
