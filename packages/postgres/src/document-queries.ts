import type { DocumentQuery, FieldRange, FoundDocument } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { type Row, run, statement } from './statement.ts'
import { wholeNumber } from './whole-number.ts'

type Bind = (value: string | number) => string

/** Finds documents by their fields. Each shape of a query is a statement. What pg throws is not translated. */
export class DocumentQueries {
  readonly #schema: string

  constructor(schema: string) {
    this.#schema = schema
  }

  async find(client: ClientBase, query: DocumentQuery): Promise<readonly FoundDocument[]> {
    const { text, values } = findText(this.#schema, query)
    const rows = await run(client, statement('find_documents', text), values)
    return rows.map(query.orderBy === undefined ? readFound : readFoundByValue)
  }

  async count(client: ClientBase, collection: string, where: readonly FieldRange[]): Promise<number> {
    const { text, values } = countText(this.#schema, collection, where)
    const [row] = await run(client, statement('count_documents', text), values)
    return wholeNumber(row?.[0] as string)
  }
}

interface QueryText {
  readonly text: string
  /** $1 is the collection. */
  readonly values: readonly (string | number)[]
}

/** Goes along the index that gives the order: that of the keys, or that of the values of a field. */
export function findText(schema: string, query: DocumentQuery): QueryText {
  const { collection, where, orderBy, backwards, after, limit } = query
  const values: (string | number)[] = [collection]
  const bind: Bind = (value) => `$${values.push(value)}`
  const [direction, beyond] = backwards ? ['DESC', '<'] : ['ASC', '>']
  const ordered = orderBy === undefined ? ['d.key'] : ['o.value', 'o.key']
  const conditions = ['d.collection = $1']
  if (orderBy !== undefined)
    conditions.push(`o.collection = $1 AND o.field = ${bind(orderBy)} AND o.key = d.key`)
  if (after !== undefined) {
    const page = orderBy === undefined ? bind(after.key) : `${bind(after.value ?? '')}, ${bind(after.key)}`
    conditions.push(`(${ordered.join(', ')}) ${beyond} (${page})`)
  }
  const tables = [`"${schema}".documents d`]
  if (orderBy !== undefined) tables.push(`"${schema}".document_fields o`)
  for (const [index, range] of where.entries()) {
    if (range.field === orderBy) {
      conditions.push(...bounds('o', range, bind))
    } else {
      const table = `w${index}`
      tables.push(`"${schema}".document_fields ${table}`)
      conditions.push(`${table}.key = d.key`, ...withinRange(table, range, bind))
    }
  }
  const text = `
SELECT d.key, d.data${orderBy === undefined ? '' : ', o.value'}
FROM ${tables.join(', ')}
WHERE ${conditions.join('\n  AND ')}
ORDER BY ${ordered.map((column) => `${column} ${direction}`).join(', ')} LIMIT ${bind(limit)}`
  return { text, values }
}

/** A field belongs to a document, so where there is a range the documents need not be looked at. */
export function countText(schema: string, collection: string, where: readonly FieldRange[]): QueryText {
  if (where.length === 0) {
    return {
      text: `SELECT count(*) FROM "${schema}".documents d WHERE d.collection = $1`,
      values: [collection],
    }
  }
  const values: (string | number)[] = [collection]
  const bind: Bind = (value) => `$${values.push(value)}`
  const conditions = where.flatMap((range, index) => {
    const joins = index === 0 ? [] : [`w${index}.key = w0.key`]
    return [...joins, ...withinRange(`w${index}`, range, bind)]
  })
  const text = `
SELECT count(*)
FROM ${where.map((_, index) => `"${schema}".document_fields w${index}`).join(', ')}
WHERE ${conditions.join('\n  AND ')}`
  return { text, values }
}

const withinRange = (table: string, range: FieldRange, bind: Bind): string[] => [
  `${table}.collection = $1 AND ${table}.field = ${bind(range.field)}`,
  ...bounds(table, range, bind),
]

/** One value alone is asked for as such: then the index gives its documents in the order of their keys. */
function bounds(table: string, { from, to }: FieldRange, bind: Bind): string[] {
  if (from !== undefined && from === to) return [`${table}.value = ${bind(from)}`]
  const conditions: string[] = []
  if (from !== undefined) conditions.push(`${table}.value >= ${bind(from)}`)
  if (to !== undefined) conditions.push(`${table}.value <= ${bind(to)}`)
  return conditions
}

const readFound = ([key, data]: Row): FoundDocument => ({ key: key as string, data: data as string })

const readFoundByValue = ([key, data, value]: Row): FoundDocument => ({
  key: key as string,
  data: data as string,
  value: value as string,
})
