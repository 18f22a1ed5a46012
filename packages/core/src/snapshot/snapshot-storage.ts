import { UnsupportedError } from '../errors.ts'
import { toFieldText } from '../projection/field-text.ts'
import type { DocumentAdapter, DocumentReference, DocumentWrite } from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import { snapshotCollections, snapshotKinds } from './snapshot-collections.ts'
import { parseSnapshotText } from './snapshot-text.ts'

/** Most snapshots that are kept of an aggregate. */
export const maxKept = 10

const pageSize = 50

/** The snapshots of one kind of aggregate, as one version of its code takes them. Documents, in slots: 0 is the latest. */
export class SnapshotStorage<Transaction> {
  readonly #documents: DocumentAdapter<Transaction>
  readonly #category: string
  readonly #collection: string
  readonly #keep: number
  #isListed = false

  /**
   * @param code what the snapshots hold for: others are never looked at
   * @throws UnsupportedError the store keeps events only
   */
  constructor(adapter: StoreAdapter<Transaction>, category: string, code: string, keep: number) {
    if (adapter.documents === undefined) {
      throw new UnsupportedError(
        `A ${adapter.name} store keeps events only. Snapshots need one that keeps documents, such as ` +
          'openMemory, openSqlite or openPostgres give.',
      )
    }
    this.#documents = adapter.documents
    this.#category = category
    this.#collection = `${snapshotKinds}/${category}/${code}`
    this.#keep = keep
  }

  async latest(id: string, transaction?: Transaction): Promise<string | undefined> {
    const [text] = await this.#documents.read([this.#slot(id, 0)], { transaction })
    return text
  }

  /** From the latest but one down. */
  async earlier(id: string, transaction?: Transaction): Promise<readonly string[]> {
    if (this.#keep === 1) return []
    const slots = Array.from({ length: this.#keep - 1 }, (_, index) => this.#slot(id, index + 1))
    const texts = await this.#documents.read(slots, { transaction })
    return texts.filter((text) => text !== undefined)
  }

  /**
   * Stores a snapshot, unless one is there that is as new, and drops what is more than to keep.
   *
   * @param refuted a text that is to be replaced, however new it says it is
   * @throws DocumentConflictError somebody else has stored one meanwhile
   */
  async put(id: string, version: number, text: string, refuted: string | undefined): Promise<void> {
    const stored = await this.latest(id)
    const latest = stored === undefined || stored === refuted ? undefined : parseSnapshotText(stored)
    if (latest !== undefined && latest.version >= version) return
    const kept = latest === undefined ? [] : [stored as string]
    const texts = [text, ...kept, ...(await this.earlier(id))].slice(0, this.#keep)
    const writes = texts.map((data, index): DocumentWrite => {
      return { ...this.#slot(id, index), data, expected: index === 0 ? (stored ?? null) : undefined }
    })
    await this.#documents.write(this.#isListed ? writes : [this.#listing(), ...writes])
    this.#isListed = true
  }

  /** All of this code, a page at a time. */
  async *all(): AsyncGenerator<{ readonly id: string; readonly text: string }, void, undefined> {
    for await (const { key, data } of documentsIn(this.#documents, this.#collection, { pageSize })) {
      yield { id: key.slice(key.indexOf('/') + 1), text: data }
    }
  }

  /** Removes the snapshots that other code has taken of this kind of aggregate, or those of this code too. */
  async remove(which: 'all' | 'others'): Promise<void> {
    for await (const { key } of snapshotCollections(this.#documents, this.#category)) {
      if (which === 'others' && key === this.#collection) continue
      await this.#documents.clear(key)
      await this.#documents.write([{ collection: snapshotKinds, key, data: undefined, fields: [] }])
      if (key === this.#collection) this.#isListed = false
    }
  }

  #slot(id: string, index: number): DocumentReference {
    return { collection: this.#collection, key: `${index}/${id}` }
  }

  #listing(): DocumentWrite {
    const fields = [{ field: 'category', value: toFieldText(this.#category, 'category') }]
    return { collection: snapshotKinds, key: this.#collection, data: this.#category, fields }
  }
}
