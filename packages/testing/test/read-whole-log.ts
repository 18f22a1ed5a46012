import type { EventStore } from '@eventfold/core'

/** Reads a whole log in each way that a subscription offers, and tells the parent process how many events came. */
export async function readWholeLog(store: EventStore): Promise<void> {
  const end = await store.head()
  const counts = { batches: 0, events: 0, handled: 0, rare: 0 }
  for await (const { events, live } of store.subscribe().batches()) {
    counts.batches += events.length
    if (live) break
  }
  for await (const { position } of store.subscribe({ category: 'account' })) {
    counts.events++
    if (position === end) break
  }
  const controller = new AbortController()
  await store.subscribe({ signal: controller.signal }).forEach(({ position }) => {
    counts.handled++
    if (position === end) controller.abort()
  })
  for await (const { events, live } of store.subscribe({ types: ['Rare'] }).batches()) {
    counts.rare += events.length
    if (live) break
  }
  await store.close()
  process.send?.(counts)
  process.disconnect()
}
