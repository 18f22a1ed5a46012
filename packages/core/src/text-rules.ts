import { type InvalidInputCode, InvalidInputError } from './errors.ts'

const controlCharacter = /\p{Cc}/u
const encoder = new TextEncoder()

/** Length in UTF-8, counted only where the number of UTF-16 units leaves the answer open. */
export function exceedsBytes(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false
  return text.length > maxBytes || encoder.encode(text).length > maxBytes
}

/**
 * The one rule for names that end up in an index: well-formed text without control characters, not empty,
 * and short. Stores compare them byte by byte, so two Unicode normal forms are two names.
 */
export function checkName(
  name: unknown,
  what: string,
  code: InvalidInputCode,
  maxBytes: number,
  pointer?: string,
): void {
  const problem =
    typeof name !== 'string'
      ? 'is not a string'
      : name === ''
        ? 'is empty'
        : !name.isWellFormed()
          ? 'has a lone surrogate'
          : controlCharacter.test(name)
            ? 'has a control character'
            : exceedsBytes(name, maxBytes)
              ? `is longer than ${maxBytes} bytes`
              : undefined
  if (problem !== undefined) {
    const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name
    throw new InvalidInputError(
      code,
      `The ${what} ${shown} ${problem}.`,
      pointer === undefined ? {} : { pointer },
    )
  }
}
