import type { DocumentReference, ListedDocument } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { run, type Statement, statement } from './statement.ts'

/** Goes along the documents of all collections. What pg throws is not translated. */
export class DocumentList {
  readonly #list: Statement

  constructor(schema: string) {
    this.#list = statement('list_documents', listDocuments(schema))
  }

  async list(
    client: ClientBase,
    after: DocumentReference | undefined,
    limit: number,
  ): Promise<readonly ListedDocument[]> {
    // No collection has an empty name.
    const rows = await run(client, this.#list, [after?.collection ?? '', after?.key ?? '', limit])
    return rows.map(([collection, key, data, fields]) => ({
      collection: collection as string,
      key: key as string,
      data: data as string,
      fields: fields === null || fields === undefined ? [] : (JSON.parse(fields) as ListedDocument['fields']),
    }))
  }
}

/** $1 and $2: collection and key of the last document before. $3: most documents. */
const listDocuments = (schema: string) => `
SELECT d.collection, d.key, d.data, (
  SELECT json_agg(json_build_object('field', f.field, 'value', f.value) ORDER BY f.field)
  FROM "${schema}".document_fields f WHERE f.collection = d.collection AND f.key = d.key
)
FROM "${schema}".documents d
WHERE (d.collection, d.key) > ($1, $2)
ORDER BY d.collection, d.key LIMIT $3`
