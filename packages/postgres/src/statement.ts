import type { ClientBase, QueryArrayConfig } from 'pg'
import { type Execution, PreparedCall } from './prepared-call.ts'

/** A column as the text that Postgres sent, or null. */
export type Row = readonly (string | null)[]

/** A buffer is sent as binary, all else as text. */
export type Value = string | number | boolean | Buffer | null

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
export function run(
  client: ClientBase,
  statement: Statement,
  values: readonly Value[],
): Promise<readonly Row[]> {
  return runAndRead(client, statement, values, (row) => row)
}

/** As `run`, with what `read` makes of each row as it arrives. */
export function runAndRead<Result>(
  client: ClientBase,
  statement: Statement,
  values: readonly Value[],
  read: (row: Row) => Result,
): Promise<readonly Result[]> {
  return runOne(client, { statement, values, read })
}

/** Runs a statement once for each list of values, in one round trip where the client can do that. For reads. */
export function runEach<Result>(
  client: ClientBase,
  statement: Statement,
  executions: readonly (readonly Value[])[],
  read: (row: Row) => Result,
): Promise<readonly (readonly Result[])[]> {
  const calls = executions.map((values) => ({ statement, values, read }))
  if (PreparedCall.isPossible(client)) return submit(client, calls, allOf<Result>)
  return Promise.all(calls.map((call) => runQuery(client, call)))
}

/**
 * Runs two statements, one after the other, in one round trip where the client can do that. For reads: each has a
 * snapshot of its own, and the first fails in any isolation but READ COMMITTED.
 */
export async function runBoth<First, Second>(
  client: ClientBase,
  first: Execution<First>,
  second: Execution<Second>,
): Promise<readonly [readonly First[], readonly Second[]]> {
  const isTogether = PreparedCall.isPossible(client) && PreparedCall.hasParsed(client, second.statement)
  const results = isTogether
    ? await submit(client, [first, second], allOf<First | Second>)
    : [await runOne(client, first), await runOne(client, second)]
  return results as readonly unknown[] as readonly [readonly First[], readonly Second[]]
}

function runOne<Result>(client: ClientBase, execution: Execution<Result>): Promise<readonly Result[]> {
  if (!PreparedCall.isPossible(client)) return runQuery(client, execution)
  return submit<Result, readonly Result[]>(client, [execution], firstOf)
}

/** @param answerOf picks from the rows of each: a lone append would pay for one promise more */
function submit<Result, Answer>(
  client: ClientBase,
  executions: readonly Execution<Result>[],
  answerOf: (results: readonly (readonly Result[])[]) => Answer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.query(
      new PreparedCall(executions, (error, results) => {
        if (error === null) resolve(answerOf(results))
        else reject(error)
      }),
    )
  })
}

const firstOf = <Result>([rows]: readonly (readonly Result[])[]) => rows as readonly Result[]
const allOf = <Result>(results: readonly (readonly Result[])[]) => results

async function runQuery<Result>(
  client: ClientBase,
  { statement: { name, text }, values, read }: Execution<Result>,
): Promise<readonly Result[]> {
  const config: QueryArrayConfig = { name, text, values: [...values], rowMode: 'array', types: rawText }
  return (await client.query<(string | null)[]>(config)).rows.map((row) => read(row))
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
