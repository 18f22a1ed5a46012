import type { DocumentQuery, FieldRange } from '@eventfold/core/adapter'
import { isOneValue, walkOf } from './document-walk.ts'
import { limitTo } from './limit-to.ts'
import { type DocumentSql, documentsByKey, fieldsByValue, SqlText } from './sql-text.ts'

/** @param narrow a range of the query that has few documents */
export function findSql(query: DocumentQuery, narrow: FieldRange | undefined): DocumentSql {
  const { along, others } = walkOf(query.where, query.orderBy, narrow)
  return along === undefined ? alongKeys(query, others) : alongField(query, along, others)
}

function alongKeys(
  { collection, backwards, after, limit }: DocumentQuery,
  ranges: readonly FieldRange[],
): DocumentSql {
  const sql = new SqlText(collection)
  const conditions = ['collection = @collection', ...ranges.map((range) => sql.lookUp(range))]
  if (after !== undefined) conditions.push(`key ${backwards ? '<' : '>'} ${sql.bind(after.key)}`)
  return sql.end(`SELECT key, data FROM ${documentsByKey}
    WHERE ${conditions.join(' AND ')} ORDER BY key ${backwards ? 'DESC' : 'ASC'} ${limitTo(sql.bind(limit))}`)
}

/** Finds the keys of the page, sorted where they do not come in order, before it reads the documents. */
function alongField(query: DocumentQuery, along: FieldRange, others: readonly FieldRange[]): DocumentSql {
  const { collection, orderBy, backwards, limit } = query
  const sql = new SqlText(collection)
  const isSorted = orderBy !== undefined && orderBy !== along.field
  const value = isSorted ? 'sort.value' : 'walk.value'
  const conditions = [...pageAlong(sql, query, along, value), ...others.map((range) => sql.lookUp(range))]
  const sort = isSorted
    ? `CROSS JOIN eventfold_document_fields AS sort
      ON sort.collection = @collection AND sort.key = walk.key AND sort.field = ${sql.bind(orderBy)}`
    : ''
  const ordered = (...columns: string[]) =>
    `ORDER BY ${columns.map((column) => `${column} ${backwards ? 'DESC' : 'ASC'}`).join(', ')}`
  const [values, inner, outer] =
    orderBy === undefined
      ? ['', ordered('walk.key'), ordered('found.key')]
      : [`, ${value} AS value`, ordered(value, 'walk.key'), ordered('found.value', 'found.key')]
  return sql.end(`SELECT found.*, data
    FROM (
      SELECT walk.key AS key${values} FROM ${fieldsByValue} ${sort}
      WHERE ${conditions.join(' AND ')} ${inner} ${limitTo(sql.bind(limit))}
    ) AS found
    CROSS JOIN eventfold_documents AS document
      ON document.collection = @collection AND document.key = found.key
    ${outer}`)
}

/** The part of a range from where the page before ended. The index is entered there, not at the end of the range. */
function pageAlong(
  sql: SqlText,
  { orderBy, backwards, after }: DocumentQuery,
  along: FieldRange,
  value: string,
): string[] {
  if (after === undefined) return sql.within(along)
  const beyond = backwards ? '<' : '>'
  const isByKey =
    orderBy === undefined || (orderBy === along.field && isOneValue(along) && along.from === after.value)
  if (isByKey) return [...sql.within(along), `walk.key ${beyond} ${sql.bind(after.key)}`]
  const end = backwards ? 'to' : 'from'
  return [
    ...sql.within(along, orderBy === along.field ? end : undefined),
    `(${value}, walk.key) ${beyond} (${sql.bind(after.value ?? '')}, ${sql.bind(after.key)})`,
  ]
}
