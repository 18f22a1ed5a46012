/** Rows as text in columns, the first row as the heading; names of columns in `right` are aligned right. */
export function formatTable(rows: readonly Readonly<Record<string, string>>[], right: readonly string[]) {
  const columns = Object.keys(rows[0] ?? {}).map((name) => {
    const width = Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0))
    const pad = (cell: string) => (right.includes(name) ? cell.padStart(width) : cell.padEnd(width))
    return { name, width, pad }
  })
  const line = (cell: (name: string) => string) =>
    `  ${columns.map(({ name, pad }) => pad(cell(name))).join('  ')}`.trimEnd()
  return [
    line((name) => name),
    `  ${columns.map(({ width }) => '─'.repeat(width)).join('  ')}`,
    ...rows.map((row) => line((name) => row[name] ?? '')),
  ].join('\n')
}
