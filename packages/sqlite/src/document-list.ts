import type { DocumentReference, ListedDocument } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { limitTo } from './limit-to.ts'

interface ListedRow {
  readonly collection: string
  readonly key: string
  readonly data: string
  /** A JSON array. */
  readonly fields: string
}

const columns = `document.collection, document.key, data, (
    SELECT json_group_array(json_object('field', field, 'value', value) ORDER BY field)
    FROM eventfold_document_fields AS field
    WHERE field.collection = document.collection AND field.key = document.key
  ) AS fields`

/** Goes along the documents of all collections. */
export class DocumentList {
  readonly #first: Database.Statement<[limit: number], ListedRow>
  readonly #next: Database.Statement<[collection: string, key: string, limit: number], ListedRow>

  constructor(database: Database.Database) {
    const list = (where: string) =>
      `SELECT ${columns} FROM eventfold_documents AS document ${where}
      ORDER BY document.collection, document.key ${limitTo('?')}`
    this.#first = database.prepare(list(''))
    this.#next = database.prepare(list('WHERE (document.collection, document.key) > (?, ?)'))
  }

  list(after: DocumentReference | undefined, limit: number): readonly ListedDocument[] {
    const rows =
      after === undefined ? this.#first.all(limit) : this.#next.all(after.collection, after.key, limit)
    return rows.map((row) => ({ ...row, fields: JSON.parse(row.fields) as ListedDocument['fields'] }))
  }
}
