import { StoreFailureError } from '@eventfold/core'

/** A bigint of Postgres as a number, which is exact up to 2^53. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new StoreFailureError(
    `the number ${text} is beyond 2^53, which JavaScript cannot tell from its neighbours`,
  )
}

/** An array of bigints of Postgres. */
export function wholeNumbers(literal: string): number[] {
  return literal === '{}' ? [] : literal.slice(1, -1).split(',').map(wholeNumber)
}
