/** Lines under a title, in the layout that all reports share. */
export function section(title: string, lines: readonly string[]): readonly string[] {
  const shown = lines.length === 0 ? ['nothing'] : lines
  return shown.map((line, index) => `  ${(index === 0 ? title : '').padEnd(9)} ${line}`)
}

/** A value in one line. */
export function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing'
}
