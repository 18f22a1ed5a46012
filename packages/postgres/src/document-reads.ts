import type { DocumentReference } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { textArray } from './array-literal.ts'
import { run, type Statement, statement } from './statement.ts'

/** Reads documents by key with one statement. What pg throws is not translated. */
export class DocumentReads {
  readonly #one: Statement
  readonly #oneLocked: Statement
  readonly #many: Statement
  readonly #manyLocked: Statement

  constructor(schema: string) {
    this.#one = statement('read_document', readOne(schema, ''))
    this.#oneLocked = statement('lock_document', readOne(schema, 'FOR UPDATE'))
    this.#many = statement('read_documents', readMany(schema, ''))
    this.#manyLocked = statement('lock_documents', readMany(schema, 'FOR UPDATE'))
  }

  async read(
    client: ClientBase,
    references: readonly DocumentReference[],
    lock: boolean,
  ): Promise<readonly (string | undefined)[]> {
    const [first, ...others] = references
    if (first !== undefined && others.length === 0) {
      const [row] = await run(client, lock ? this.#oneLocked : this.#one, [first.collection, first.key])
      return [row?.[0] ?? undefined]
    }
    const texts = new Array<string | undefined>(references.length).fill(undefined)
    const rows = await run(client, lock ? this.#manyLocked : this.#many, [
      textArray(references.map(({ collection }) => collection)),
      textArray(references.map(({ key }) => key)),
    ])
    for (const [place, data] of rows) texts[Number(place)] = data as string
    return texts
  }
}

/** $1 and $2: collection and key. */
const readOne = (schema: string, lock: string) =>
  `SELECT d.data FROM "${schema}".documents d WHERE d.collection = $1 AND d.key = $2 ${lock}`

/**
 * $1 and $2: collections and keys. The limit makes it a look into the index for each, however small the table was
 * when the plan was made, and in the order of the keys, which is that of the locks.
 */
const readMany = (schema: string, lock: string) => `
SELECT r.place - 1, d.data
FROM (
  SELECT * FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r(collection, key, place)
  ORDER BY r.collection COLLATE "C", r.key COLLATE "C"
) AS r
CROSS JOIN LATERAL (
  SELECT d.data FROM "${schema}".documents d WHERE d.collection = r.collection AND d.key = r.key LIMIT 1 ${lock}
) AS d`
