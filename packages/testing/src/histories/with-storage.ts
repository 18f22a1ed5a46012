import type { EventStore } from '@eventfold/core'
import type { EventStoreStorage } from '../contract/fixture.ts'

/** Gives `work` a new storage; closes all its stores and removes it when the work has ended. */
export async function withStorage(
  createStorage: () => EventStoreStorage | Promise<EventStoreStorage>,
  work: (open: () => Promise<EventStore>) => Promise<void>,
): Promise<void> {
  const storage = await createStorage()
  const stores: EventStore[] = []
  try {
    await work(async () => {
      const store = await storage.open({})
      stores.push(store)
      return store
    })
  } finally {
    await Promise.all(stores.map((store) => store.close()))
    await storage.remove?.()
  }
}
