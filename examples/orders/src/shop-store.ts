import type { EventStoreOptions, KeyStore } from '@eventfold/core'
import { earlierEvents } from './earlier-events.ts'
import { Order } from './order.ts'

/** What every store of the shop is opened with: how its events have changed, and where the keys of its customers are. */
export function shopStoreOptions(keys: KeyStore): EventStoreOptions {
  return { upcasters: earlierEvents, privacy: { of: [Order], keys } }
}
