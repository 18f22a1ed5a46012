/** The ISO date in a text `YYMMDD`, of the years 1970 to 2069; undefined where the calendar has no such date. */
export function parseStatementDate(text: string): string | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [, year = '', month = '', day = ''] = match
  const date = `${year < '70' ? '20' : '19'}${year}-${month}-${day}`
  const parsed = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date) ? date : undefined
}
