import type { StreamMark } from '../store/maintenance-adapter.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'

const pageSize = 500

/** The marks of all streams, in pages; none where the adapter never removes an event. */
export async function* markPages<Transaction>({
  maintenance,
}: StoreAdapter<Transaction>): AsyncGenerator<readonly StreamMark[], void, undefined> {
  if (maintenance === undefined) return
  let after: string | undefined
  while (true) {
    const page = await maintenance.listMarks(after, pageSize)
    if (page.length > 0) yield page
    if (page.length < pageSize) return
    after = page.at(-1)?.stream
  }
}
