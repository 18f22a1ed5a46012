import type { Migration } from '../migration.ts'
import { clearDocuments } from './clear-documents.ts'
import { tables } from './tables.ts'
import { writeDocuments } from './write-documents.ts'

export const documents: Migration = {
  number: 2,
  name: 'documents',
  sql: (schema) => [tables(schema), writeDocuments(schema), clearDocuments(schema)].join('\n'),
}
