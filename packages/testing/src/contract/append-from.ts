import type { EventStore } from '@eventfold/core'
import { deposits, range } from './facts.ts'

/**
 * Appends from four writers at once, to a stream of their own and to one that they share, and resolves with the versions
 * that were acknowledged, by stream. With `before`, those of earlier calls as well.
 */
export async function appendFrom(
  stores: readonly EventStore[],
  rounds: number,
  before: Readonly<Record<string, number>> = {},
): Promise<Record<string, number>> {
  const versions: Record<string, number> = { ...before }
  const writers = range(0, 3).map(async (writer) => {
    const store = stores[writer % stores.length] as EventStore
    for (const round of range(1, rounds)) {
      const stream = round % 4 === 0 ? 'account-common' : `account-${writer}`
      const { version } = await store.append(stream, deposits(round, round + (round % 3)))
      versions[stream] = Math.max(versions[stream] ?? 0, version)
    }
  })
  await Promise.all(writers)
  return versions
}
