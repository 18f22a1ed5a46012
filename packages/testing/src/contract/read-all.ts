import assert from 'node:assert/strict'
import type { EventStore, ReadLogOptions, RecordedEvent } from '@eventfold/core'

/** Follows the pages of a log to its end. Fails where a page leads nowhere or beyond what it has read. */
export async function readLogByPages(
  store: EventStore,
  options: ReadLogOptions = {},
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  const { backwards = false } = options
  let { after = 0, before = Number.MAX_SAFE_INTEGER } = options
  while (true) {
    const page = await store.readLog({ ...options, after, before })
    events.push(...page.events)
    if (page.end) return events
    assert.ok(backwards ? page.next < before : page.next > after, `a page led from ${after} to ${page.next}`)
    if (backwards) before = page.next
    else after = page.next
  }
}

/** Asserts that positions grow strictly, and versions of each stream count 1, 2, 3 … in the order of positions. */
export function checkLog(events: readonly RecordedEvent[]): void {
  const versions = new Map<string, number>()
  let last = 0
  for (const { stream, version, position } of events) {
    assert.ok(Number.isSafeInteger(position) && position > last, `position ${position} came after ${last}`)
    assert.equal(version, (versions.get(stream) ?? 0) + 1, `version of ${stream} at position ${position}`)
    versions.set(stream, version)
    last = position
  }
}

/** `stream@version` of each event. */
export function placesOf(events: readonly RecordedEvent[]): string[] {
  return events.map(({ stream, version }) => `${stream}@${version}`)
}

export async function collect<Event>(
  batches: AsyncIterable<readonly Event[]>,
): Promise<(readonly Event[])[]> {
  const all: (readonly Event[])[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

/** Asserts that nothing was ever stored. */
export async function checkEmpty(store: EventStore, message = ''): Promise<void> {
  const { events } = await store.readLog()
  assert.deepEqual(placesOf(events), [], `${message} stored something`)
  assert.equal(await store.head(), 0, message)
}
