import { UnsupportedError } from '../errors.ts'
import { compareTexts } from '../event/text-order.ts'
import type { DocumentReference } from '../store/document-adapter.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import type { ListedDocument, TransferAdapter } from '../store/transfer-adapter.ts'
import type { ImportBatch } from './import-batch.ts'
import { ImportConflictError } from './transfer-errors.ts'
import { withRetries } from './with-retries.ts'

/** Stores the documents of an import, and compares those that are stored already. There may be no others. */
export class DocumentImport<Transaction> {
  readonly #adapter: StoreAdapter<Transaction>
  readonly #transfer: TransferAdapter
  #last: DocumentReference | undefined

  constructor(adapter: StoreAdapter<Transaction>, transfer: TransferAdapter) {
    this.#adapter = adapter
    this.#transfer = transfer
  }

  /**
   * @param position of the last event before the documents
   * @throws ImportConflictError, UnsupportedError
   */
  async store(batch: ImportBatch<ListedDocument>, position: number): Promise<void> {
    const { documents } = this.#adapter
    if (documents === undefined) {
      throw new UnsupportedError(
        `A ${this.#adapter.name} store keeps events only. Export without documents, or import into another store.`,
      )
    }
    await withRetries(async () => {
      const missing = await this.#missing(batch, position)
      await documents.write(missing.map((document) => ({ ...document, expected: null })))
    })
    this.#last = batch.items.at(-1) ?? this.#last
  }

  /** @throws ImportConflictError the store has documents behind the last one */
  async end(position: number, line: number): Promise<void> {
    const [other] = await this.#transfer.listDocuments(this.#last, 1)
    if (other !== undefined) throw conflict(other, 'is not part of the import', position, line)
  }

  /** @throws ImportConflictError a document is another one, or not part of the import */
  async #missing(
    { items, firstLine }: ImportBatch<ListedDocument>,
    position: number,
  ): Promise<readonly ListedDocument[]> {
    const stored = await this.#transfer.listDocuments(this.#last, items.length)
    const missing: ListedDocument[] = []
    let place = 0
    for (const [index, item] of items.entries()) {
      const found = stored[place]
      const order = found === undefined ? 1 : compare(found, item)
      const line = firstLine + index
      if (order < 0)
        throw conflict(stored[place] as ListedDocument, 'is not part of the import', position, line)
      if (order > 0) {
        missing.push(item)
        continue
      }
      if (!isSame(stored[place] as ListedDocument, item))
        throw conflict(item, 'is another one', position, line)
      place++
    }
    return missing
  }
}

function conflict(
  { collection, key }: DocumentReference,
  problem: string,
  position: number,
  line: number,
): ImportConflictError {
  return new ImportConflictError(position, `document ${key} of ${collection} in the store ${problem}`, line)
}

function compare(a: DocumentReference, b: DocumentReference): number {
  return compareTexts(a.collection, b.collection) || compareTexts(a.key, b.key)
}

function isSame(a: ListedDocument, b: ListedDocument): boolean {
  return a.data === b.data && JSON.stringify(a.fields) === JSON.stringify(b.fields)
}
