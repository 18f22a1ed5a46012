import type { EventStore } from '@eventfold/core'
import { Account } from '../account.ts'

/** Counts what the log holds of accounts, from its first event to its last. */
export async function countStored(store: EventStore) {
  const streams = new Set<string>()
  let events = 0
  for await (const batch of store.readLogInBatches({ category: Account.category })) {
    events += batch.length
    for (const { stream } of batch) streams.add(stream)
  }
  return { events, streams: streams.size }
}
