import { toFieldText } from '../projection/field-text.ts'
import type { DocumentAdapter, FoundDocument } from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'

/** Names every collection that holds snapshots, so that those of earlier code are found again. */
export const snapshotKinds = 'eventfold:snapshots'

/** The collections, as keys, that hold snapshots of a category, taken by whichever code. */
export function snapshotCollections<Transaction>(
  documents: DocumentAdapter<Transaction>,
  category: string,
  transaction?: Transaction,
): AsyncGenerator<FoundDocument, void, undefined> {
  const value = toFieldText(category, 'category')
  const where = [{ field: 'category', from: value, to: value }]
  return documentsIn(documents, snapshotKinds, { where, transaction })
}
