import { EventStore } from '@eventfold/core'
import type { StoreAdapter } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import type { EventStoreStorage } from '../src/contract/index.ts'

/** A storage in memory whose stores are what `spoil` makes of a healthy adapter. */
export function spoiledStorage(spoil: (inner: StoreAdapter) => StoreAdapter): EventStoreStorage {
  const memory = openMemory({ lockTimeout: 1_000 })
  return {
    open: (options) => new EventStore(spoil(memory.adapter), options),
    remove: () => memory.close(),
  }
}
