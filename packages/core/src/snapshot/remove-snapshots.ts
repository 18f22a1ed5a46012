import { categoryOf, keyOf } from '../event/stream-id.ts'
import { toFieldText } from '../projection/field-text.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import { maxKept, snapshotKinds } from './snapshot-storage.ts'

/** Removes the snapshots of streams, whichever code has taken them. Resolves with how many there were. */
export async function removeSnapshots<Transaction>(
  { documents }: StoreAdapter<Transaction>,
  streams: readonly string[],
): Promise<number> {
  if (documents === undefined) return 0
  let removed = 0
  for (const [category, own] of Map.groupBy(streams, categoryOf)) {
    const value = toFieldText(category, 'category')
    const where = [{ field: 'category', from: value, to: value }]
    const kinds = await documents.find({ collection: snapshotKinds, where, backwards: false, limit: 10_000 })
    for (const { key: collection } of kinds) {
      for (const stream of own) {
        const slots = Array.from({ length: maxKept }, (_, slot) => ({
          collection,
          key: `${slot}/${keyOf(stream)}`,
        }))
        const found = (await documents.read(slots)).flatMap((text, slot) =>
          text === undefined ? [] : [slots[slot]],
        )
        if (found.length === 0) continue
        await documents.write(
          found.map((slot) => ({ ...(slot as (typeof slots)[0]), data: undefined, fields: [] })),
        )
        removed += found.length
      }
    }
  }
  return removed
}
