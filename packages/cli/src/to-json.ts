/** JSON that is safe to print on a terminal: control characters of Unicode are escaped. A bigint becomes its digits. */
export function toJson(value: unknown, indent?: number): string {
  const text =
    JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part), indent) ?? 'null'
  return escapeControls(text, indent === undefined)
}

/** Text with control characters escaped, so that what is stored cannot steer a terminal. */
export function escapeControls(text: string, withLineBreaks = true): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    if (character === '\n' && !withLineBreaks) return character
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
