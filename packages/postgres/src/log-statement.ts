import type { LogFilter, LogQuery } from '@eventfold/core/adapter'
import { textArray } from './array-literal.ts'
import { eventColumns } from './event-row.ts'
import { type Statement, statement } from './statement.ts'

export interface LogStatement {
  readonly statement: Statement
  /** What follows the four common parameters. */
  readonly values: readonly string[]
  /** Whether an index leads to what matches. Without, all events of a range are looked at. */
  readonly hasIndex: boolean
}

/**
 * The statement for a page of the log: one row with what was scanned (its last position, whether that is the last of
 * all), joined with the events that match.
 *
 * $1 and $2: the range of positions, $1 exclusive and $2 inclusive. $3: most events. $4: most positions that are
 * looked at. Then the values of the filter.
 *
 * The ends are found by one look into the index each, and the rest keeps to the positions between them. So the page
 * costs the same wherever it is, also by the worst plan that a table without statistics can get.
 */
export function logStatement(schema: string, { filter, backwards }: LogQuery): LogStatement {
  const values: string[] = []
  const bind = (value: string) => `$${values.push(value) + 4}`
  const conditions = filterConditions(schema, filter, bind)
  const direction = backwards ? 'DESC' : 'ASC'
  // Within a stream the order of versions is the order of positions, and has an index.
  const order = filter.stream === undefined ? 'position' : 'version'
  const text = `
WITH bounds AS MATERIALIZED (
  SELECT min(w.position) AS first, max(w.position) AS last
  FROM "${schema}".events w WHERE w.position > $1 AND w.position <= $2
), scanned AS MATERIALIZED (
  ${backwards ? scannedBackwards(schema) : scannedForwards(schema)}
)
SELECT ${backwards ? 'scanned.first, scanned.first = bounds.first' : 'scanned.last, scanned.last = bounds.last'}, found.*
FROM bounds CROSS JOIN scanned LEFT JOIN LATERAL (
  SELECT ${eventColumns('e')} FROM "${schema}".events e
  WHERE e.position >= scanned.first AND e.position <= scanned.last
  ${conditions.map((condition) => `AND ${condition}`).join('\n  ')}
  ORDER BY e.${order} ${direction} LIMIT $3
) AS found ON true
ORDER BY found.position ${direction}`
  const hasIndex = filter.stream !== undefined || filter.tags !== undefined
  return { statement: statement('read_log', text), values, hasIndex }
}

/**
 * The statement for a page of the whole log, which finds whatever it looks at. It looks at no more positions than it
 * may give events, so that after a gap a page is short.
 *
 * $1 and $2: the range of positions, $1 exclusive and $2 inclusive. $3: most events.
 */
export function unfilteredLogStatement(schema: string, backwards: boolean): Statement {
  const [bound, direction] = backwards
    ? [
        `e.position > (SELECT max(w.position) FROM "${schema}".events w WHERE w.position <= $2) - $3::bigint`,
        'DESC',
      ]
    : [
        `e.position < (SELECT min(w.position) FROM "${schema}".events w WHERE w.position > $1) + $3::bigint`,
        'ASC',
      ]
  const text = `
SELECT ${eventColumns('e')} FROM "${schema}".events e
WHERE e.position > $1 AND e.position <= $2 AND ${bound} ORDER BY e.position ${direction} LIMIT $3::bigint`
  return statement('read_log', text)
}

const scannedForwards = (schema: string) => `SELECT bounds.first, (
    SELECT max(w.position) FROM "${schema}".events w
    WHERE w.position >= bounds.first AND w.position <= least(bounds.last, bounds.first + $4::bigint - 1)
  ) AS last FROM bounds`

const scannedBackwards = (schema: string) => `SELECT (
    SELECT min(w.position) FROM "${schema}".events w
    WHERE w.position >= greatest(bounds.first, bounds.last - $4::bigint + 1) AND w.position <= bounds.last
  ) AS first, bounds.last FROM bounds`

function filterConditions(
  schema: string,
  { category, stream, types, tags }: LogFilter,
  bind: (value: string) => string,
): string[] {
  const conditions: string[] = []
  if (stream !== undefined) conditions.push(`e.stream = ${bind(stream)}`)
  if (category !== undefined) {
    // Not by a range: the index of streams would lead to all events of the category, wherever they are in the log.
    const prefix = bind(`${category}-`)
    conditions.push(`left(e.stream, length(${prefix}::text)) = ${prefix}`)
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
