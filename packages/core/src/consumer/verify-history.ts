import type { StoreAdapter } from '../store/store-adapter.ts'
import { sleep } from '../subscription/alarm.ts'
import { HistoryDivergedError } from './consumer-errors.ts'
import type { PartitionState } from './partition-state.ts'

/** Before the second look, in milliseconds, and so much longer before each further one. */
const firstPause = 10
/** How long what looks like another history is looked at again, in milliseconds. */
const patience = 150

/**
 * Checks that the log still is the one that was processed, apart from what was removed. Resolves with its head.
 *
 * An append that is still open may, for a moment, hide from an instance that has just come what another one has read
 * already. So what looks like another history is looked at again.
 *
 * @throws HistoryDivergedError
 */
export async function verifyHistory(
  adapter: StoreAdapter,
  consumer: string,
  state: Pick<PartitionState, 'position' | 'event'>,
  signal: AbortSignal,
): Promise<number> {
  const deadline = performance.now() + patience
  for (let pause = firstPause; ; pause += firstPause) {
    try {
      return await verifyOnce(adapter, consumer, state)
    } catch (error) {
      const isLate = performance.now() + pause > deadline
      if (!(error instanceof HistoryDivergedError) || isLate || signal.aborted) throw error
      await sleep(pause, signal)
    }
  }
}

async function verifyOnce(
  adapter: StoreAdapter,
  consumer: string,
  { position, event }: Pick<PartitionState, 'position' | 'event'>,
): Promise<number> {
  const head = await adapter.head()
  if (head < position) {
    throw new HistoryDivergedError(
      consumer,
      position,
      `it was at position ${position}, and the log ends at ${head}`,
    )
  }
  if (event === null) return head
  const found = await eventBefore(adapter, event.position + 1)
  // Without any event up to there, the log was cut off below, which loses nothing.
  if (found === undefined || found.id === event.id) return head
  const mayBeRemoved = found.position < event.position && adapter.maintenance !== undefined
  if (mayBeRemoved && (await adapter.maintenance.isRemoved(event.position))) return head
  const reason =
    found.position === event.position
      ? `event ${found.id} stands at position ${event.position} instead of ${event.id}`
      : `event ${event.id} is missing at position ${event.position}`
  throw new HistoryDivergedError(consumer, event.position, reason)
}

async function eventBefore(adapter: StoreAdapter, before: number) {
  const page = await adapter.readLog({ after: 0, before, backwards: true, limit: 1, filter: {} })
  return page.events[0]
}
