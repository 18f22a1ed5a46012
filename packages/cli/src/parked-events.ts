import type { Consumer, ParkedEvent } from '@eventfold/core'
import { UsageError } from './usage-error.ts'

const pageSize = 500

/** All parked events of a consumer, or those of a key, by key and position. Memory holds a page. */
export async function* parkedEvents(
  consumer: Consumer,
  key: string | undefined,
): AsyncGenerator<ParkedEvent, void, undefined> {
  let after: ParkedEvent | undefined
  for (;;) {
    const page = await consumer.parked({
      limit: pageSize,
      ...(key !== undefined && { key }),
      ...(after !== undefined && { after }),
    })
    yield* page
    after = page.at(-1)
    if (page.length < pageSize) return
  }
}

/**
 * The parked events at positions; one position has several where the event is parked for several keys.
 *
 * @throws UsageError nothing is parked at one of them
 */
export async function parkedAt(
  consumer: Consumer,
  positions: readonly number[],
  key: string | undefined,
): Promise<readonly ParkedEvent[]> {
  const missing = new Set(positions)
  const found: ParkedEvent[] = []
  for await (const event of parkedEvents(consumer, key)) {
    if (!positions.includes(event.position)) continue
    found.push(event)
    missing.delete(event.position)
  }
  if (missing.size === 0) return found
  throw new UsageError(`Consumer ${consumer.name} has nothing parked at ${[...missing].join(', ')}.`, {
    next: `See: eventfold parked ${consumer.name}`,
  })
}
