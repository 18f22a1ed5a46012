/** Longest text that is kept, in UTF-16 units. */
const maxLength = 10_000

/**
 * What of the text of an error can be stored: cut off, so that it always fits, and without what `encodeJson`
 * refuses. What a user has typed often stands in it.
 */
export function storableText(text: unknown): string {
  const whole = String(text)
  const kept = whole.length > maxLength ? `${whole.slice(0, maxLength)}…` : whole
  return kept.toWellFormed().replaceAll('\0', '\ufffd')
}
