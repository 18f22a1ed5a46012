import { type InvalidInputCode, InvalidInputError } from '../errors.ts'

const encoder = new TextEncoder()

/** Length in UTF-8, counted only where the number of UTF-16 units leaves the answer open. */
export function exceedsBytes(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false
  return text.length > maxBytes || encoder.encode(text).length > maxBytes
}

/** What keeps a text from coming back from every store as it was, if anything does. */
export function findTextProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'has the character U+0000, which not every store can carry'
  if (!text.isWellFormed()) return 'has a lone surrogate, which UTF-8 cannot carry'
  return undefined
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
  const problem = findNameProblem(name, maxBytes)
  if (problem !== undefined) {
    const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name
    throw new InvalidInputError(
      code,
      `The ${what} ${shown} ${problem}.`,
      pointer === undefined ? {} : { pointer },
    )
  }
}

function findNameProblem(name: unknown, maxBytes: number): string | undefined {
  if (typeof name !== 'string') return 'is not a string'
  if (name === '') return 'is empty'
  let isAscii = true
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index)
    // The control characters of Unicode (category Cc): C0, DEL and C1.
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return 'has a control character'
    if (unit >= 0x80) isAscii = false
  }
  if (!isAscii && !name.isWellFormed()) return 'has a lone surrogate'
  return exceedsBytes(name, maxBytes) ? `is longer than ${maxBytes} bytes` : undefined
}
