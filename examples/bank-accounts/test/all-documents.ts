import type { DocumentReader } from '@eventfold/core'
import { expect } from 'vitest'

/** The documents of a read model by key, in one page. */
export async function allDocuments<Document>(model: DocumentReader<Document, unknown>) {
  const { documents, next } = await model.list({ limit: 10_000 })
  expect(next).toBeUndefined()
  return new Map(documents.map(({ key, document }) => [key, document]))
}
