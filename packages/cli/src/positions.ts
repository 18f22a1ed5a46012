import { wholeNumber } from './whole-number.ts'

const position = wholeNumber(1)

/** Collects positions of the log, each an argument. */
export function positions(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, position(text)]
}
