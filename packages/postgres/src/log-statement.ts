import type { LogFilter, LogQuery } from '@eventfold/core/adapter'
import { textArray } from './array-literal.ts'
import { eventColumns } from './event-row.ts'
import { type Statement, statement } from './statement.ts'

/** Most events that one page looks at for a filter that no index serves. */
const scanWindow = 10_000

export interface LogStatement {
  readonly statement: Statement
  /** What follows the three common parameters. */
  readonly values: readonly string[]
  /** Most events that a page scans. */
  readonly window: number
}

/**
 * The statement for a page of the log: one row with what was scanned (its last position, its number of events), joined
 * with the events that match.
 *
 * $1 and $2: the range of positions, $1 exclusive and $2 inclusive. $3: most events. Then the values of the filter.
 *
 * A stream and a tag have an index to go by; other filters look at the events one after the other, so that a page
 * that finds little still ends.
 */
export function logStatement(schema: string, { filter, backwards }: LogQuery): LogStatement {
  const values: string[] = []
  const bind = (value: string) => `$${values.push(value) + 3}`
  const conditions = filterConditions(schema, filter, bind)
  const hasIndex = filter.stream !== undefined || filter.tags !== undefined
  const window = conditions.length === 0 || hasIndex ? Number.MAX_SAFE_INTEGER : scanWindow
  const direction = backwards ? 'DESC' : 'ASC'
  // Within a stream the order of versions is the order of positions, and has an index.
  const order = filter.stream === undefined ? 'position' : 'version'
  const text = `
WITH scanned AS MATERIALIZED (
  SELECT ${backwards ? 'min' : 'max'}(w.position) AS last, ${window === scanWindow ? 'count(*)' : '0'} AS size
  FROM (
    SELECT e.position FROM "${schema}".events e WHERE e.position > $1 AND e.position <= $2
    ${window === scanWindow ? `ORDER BY e.position ${direction} LIMIT ${scanWindow}` : ''}
  ) AS w
)
SELECT scanned.last, scanned.size, found.*
FROM scanned LEFT JOIN LATERAL (
  SELECT ${eventColumns('e')} FROM "${schema}".events e
  WHERE e.position ${backwards ? '>= scanned.last AND e.position <= $2' : '> $1 AND e.position <= scanned.last'}
  ${conditions.map((condition) => `AND ${condition}`).join('\n  ')}
  ORDER BY e.${order} ${direction} LIMIT $3
) AS found ON true
ORDER BY found.position ${direction}`
  return { statement: statement('read_log', text), values, window }
}

function filterConditions(
  schema: string,
  { category, stream, types, tags }: LogFilter,
  bind: (value: string) => string,
): string[] {
  const conditions: string[] = []
  if (stream !== undefined) conditions.push(`e.stream = ${bind(stream)}`)
  if (category !== undefined) {
    // All that begins with the category and a dash: in bytes, the next character after a dash is a dot.
    conditions.push(`e.stream >= ${bind(`${category}-`)} AND e.stream < ${bind(`${category}.`)}`)
  }
  if (types !== undefined) conditions.push(`e.type = ANY (${bind(textArray(types))})`)
  if (tags !== undefined) {
    const [first = '', ...others] = tags
    conditions.push(`e.position IN (SELECT t.position FROM "${schema}".tags t WHERE t.tag = ${bind(first)}
    AND t.position > $1 AND t.position <= $2)`)
    if (others.length > 0) conditions.push(`e.tags @> ${bind(textArray(others))}`)
  }
  return conditions
}
