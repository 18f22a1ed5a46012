import { InvalidInputError } from './errors.ts'

/** @throws InvalidInputError `invalid-option`: not a whole number from `least` */
export function checkCount(value: number, option: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new InvalidInputError(
    'invalid-option',
    `${option} is ${String(value)}; it must be a whole number from ${least}.`,
  )
}
