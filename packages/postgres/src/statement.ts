import type { ClientBase, QueryArrayConfig } from 'pg'

/** A column as the text that Postgres sent, or null. */
export type Row = readonly (string | null)[]

/** One prepared statement. Postgres parses it once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** @param label what the statement is for; with a digest of its text it names the prepared statement */
export function statement(label: string, text: string): Statement {
  // A pool may serve two schemas, whose statements differ in text and so must in name.
  return { name: `eventfold_${label}_${digest(text).toString(36)}`, text }
}

/** Runs a statement and returns its rows as text, whatever type parsers the connection has. */
export async function run(
  client: ClientBase,
  { name, text }: Statement,
  values: readonly (string | number | boolean | null)[],
): Promise<readonly Row[]> {
  const config: QueryArrayConfig = {
    name,
    text,
    values: values as (string | number | boolean | null)[],
    rowMode: 'array',
    types: rawText,
  }
  return (await client.query<(string | null)[]>(config)).rows
}

const rawText = { getTypeParser: () => (value: string) => value }

/** FNV-1a, 32 bits. */
export function digest(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
