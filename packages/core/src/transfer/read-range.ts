import type { StoredEvent } from '../event/stored-event.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'

/** All events from one position to another, both inclusive. */
export async function readRange<Transaction>(
  adapter: StoreAdapter<Transaction>,
  first: number,
  last: number,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  let after = first - 1
  while (true) {
    const page = await adapter.readLog({
      after,
      before: last + 1,
      backwards: false,
      limit: 1_000,
      filter: {},
    })
    events.push(...page.events)
    if (page.end) return events
    after = page.next
  }
}
