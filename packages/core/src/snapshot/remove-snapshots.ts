import { categoryOf, keyOf } from '../event/stream-id.ts'
import type { DocumentAdapter, DocumentReference } from '../store/document-adapter.ts'
import { snapshotCollections } from './snapshot-collections.ts'
import { maxKept } from './snapshot-storage.ts'

/** Removes the snapshots of streams, whichever code has taken them. Resolves with how many there were. */
export async function removeSnapshots<Transaction>(
  documents: DocumentAdapter<Transaction> | undefined,
  streams: readonly string[],
  transaction?: Transaction,
): Promise<number> {
  if (documents === undefined) return 0
  let removed = 0
  for (const [category, own] of Map.groupBy(streams, categoryOf)) {
    for await (const { key: collection } of snapshotCollections(documents, category, transaction)) {
      for (const stream of own) {
        const slots = Array.from({ length: maxKept }, (_, slot): DocumentReference => {
          return { collection, key: `${slot}/${keyOf(stream)}` }
        })
        const texts = await documents.read(slots, { transaction })
        const found = slots.filter((_, slot) => texts[slot] !== undefined)
        if (found.length === 0) continue
        const removals = found.map((slot) => ({ ...slot, data: undefined, fields: [] }))
        await documents.write(removals, transaction)
        removed += found.length
      }
    }
  }
  return removed
}
