import { DocumentConflictError } from '@eventfold/core'
import type { DocumentWrite, WriteOptions } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { textArray } from './array-literal.ts'
import { run, type Statement, statement } from './statement.ts'

/** Writes documents with one statement. What pg throws is not translated. */
export class DocumentWrites {
  readonly #write: Statement
  readonly #writeUnsynced: Statement
  readonly #clear: Statement

  constructor(schema: string) {
    const binds = Array.from({ length: 13 }, (_, index) => `$${index + 1}`).join(', ')
    const write = `"${schema}".write_documents(${binds})`
    this.#write = statement('write_documents', `SELECT ${write}`)
    this.#writeUnsynced = statement(
      'write_unsynced',
      `SELECT CASE WHEN set_config('synchronous_commit', 'off', true) = 'off' THEN ${write} END`,
    )
    this.#clear = statement('clear_documents', `SELECT "${schema}".clear_documents($1)`)
  }

  /**
   * @param options where the statement is its own transaction
   * @throws DocumentConflictError; with several expectations, part of the call may be in the open transaction then
   */
  async write(
    client: ClientBase,
    writes: readonly DocumentWrite[],
    { durable = true }: WriteOptions = {},
  ): Promise<void> {
    const checks: DocumentWrite[] = []
    const puts: DocumentWrite[] = []
    const gone: DocumentWrite[] = []
    const owners: DocumentWrite[] = []
    for (const write of writes) {
      if (write.expected !== undefined) checks.push(write)
      else if (write.data !== undefined) puts.push(write)
      if (write.data === undefined) gone.push(write)
      else if (write.fields !== undefined) owners.push(write)
    }
    const [row] = await run(client, durable ? this.#write : this.#writeUnsynced, [
      ...names(checks),
      column(checks, ({ data }) => data),
      column(checks, ({ expected }) => expected ?? undefined),
      ...names(puts),
      column(puts, ({ data }) => data),
      ...names(gone),
      ...names(owners),
      column(owners, ({ fields = [] }) => textArray(fields.map(({ field }) => field))),
      column(owners, ({ fields = [] }) => textArray(fields.map(({ value }) => value))),
    ])
    const place = row?.[0] ?? null
    if (place === null) return
    const { collection, key } = checks[Number(place)] as DocumentWrite
    throw new DocumentConflictError(collection, key)
  }

  async clear(client: ClientBase, collection: string): Promise<void> {
    await run(client, this.#clear, [collection])
  }
}

function names(writes: readonly DocumentWrite[]): [string | null, string | null] {
  return [column(writes, ({ collection }) => collection), column(writes, ({ key }) => key)]
}

/** Null where there is nothing to do. */
function column(
  writes: readonly DocumentWrite[],
  read: (write: DocumentWrite) => string | undefined,
): string | null {
  return writes.length === 0 ? null : textArray(writes.map(read))
}
