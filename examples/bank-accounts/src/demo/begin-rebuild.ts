import type { EventStore } from '@eventfold/core'
import { ProgressDisplay } from '@eventfold/example-terminal'
import { openSummaries } from '../read-models.ts'
import { leaseTime } from './lease-time.ts'

/** Begins to rebuild the summaries, and resolves when that was interrupted in the middle, where `atHalf` is called. */
export async function beginRebuild(store: EventStore, output: NodeJS.WritableStream, atHalf = () => {}) {
  const end = await store.head()
  const progress = new ProgressDisplay(output, end, 'positions')
  const interruption = new AbortController()
  const summaries = openSummaries(store, {
    leaseTime,
    // So small that there is a middle.
    batchSize: Math.ceil(end / 20),
    onProgress({ position }) {
      if (interruption.signal.aborted) return
      progress.update(position)
      if (position < end / 2) return
      progress.end()
      atHalf()
      interruption.abort()
    },
  })
  try {
    await summaries.rebuild({ signal: interruption.signal })
  } catch (error) {
    if (error !== interruption.signal.reason) throw error
  }
}
