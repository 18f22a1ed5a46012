import { deepStrictEqual } from 'node:assert/strict'

/** Whether an assertion of equality would hold. */
export function isSame(actual: unknown, expected: unknown): boolean {
  try {
    deepStrictEqual(actual, expected)
    return true
  } catch {
    return false
  }
}
