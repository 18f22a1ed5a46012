import assert from 'node:assert/strict'
import type { EventStore, ReadLogOptions, RecordedEvent } from '@eventfold/core'
import { collect, readLogByPages } from '../contract/read-all.ts'
import { categories, type LogReadCommand, type StreamReadCommand, streams, tags, types } from './command.ts'
import type { HistoryModel, ModelEvent } from './history-model.ts'

type CheckEvents = (events: readonly RecordedEvent[]) => void

/** Reads a stream at once and in batches, and compares with the model. */
export async function readStream(
  store: EventStore,
  model: HistoryModel,
  command: StreamReadCommand,
  transaction: unknown,
  check: CheckEvents,
): Promise<void> {
  const { from, to, backwards, limit, batchSize } = command
  const stream = streams[command.stream] as string
  const within = model.stream(stream).filter(({ version }) => version >= from && version <= (to ?? version))
  const expected = (backwards ? within.reverse() : within).slice(0, limit)
  const bounds = {
    from,
    backwards,
    transaction,
    ...(to !== undefined && { to }),
    ...(limit !== undefined && { limit }),
  }
  const events = await store.readStream(stream, bounds)
  compare(events, expected)
  check(events)
  compare((await collect(store.readStreamInBatches(stream, { ...bounds, batchSize }))).flat(), expected)
}

/** Reads the log by pages, and compares with the model. */
export async function readLog(
  store: EventStore,
  log: readonly ModelEvent[],
  command: Partial<LogReadCommand>,
  check: CheckEvents,
): Promise<void> {
  const { backwards = false, limit = 1000 } = command
  const filter = filterOf(command)
  const matching = log.filter(
    (event) =>
      event.stream.startsWith(filter.category === undefined ? '' : `${filter.category}-`) &&
      (filter.stream ?? event.stream) === event.stream &&
      (filter.types?.includes(event.type) ?? true) &&
      (filter.tags?.every((tag) => event.tags.includes(tag)) ?? true),
  )
  const events = await readLogByPages(store, { ...filter, backwards, limit })
  compare(events, backwards ? matching.reverse() : matching)
  check(events)
  const positions = events.map(({ position }) => position)
  const sorted = positions.toSorted((a, b) => (backwards ? b - a : a - b))
  assert.deepEqual(positions, sorted, 'positions are not in order')
  assert.equal(new Set(positions).size, positions.length, 'a position comes twice')
}

function filterOf({
  category,
  stream,
  types: typed = [],
  tags: tagged = [],
}: Partial<LogReadCommand>): ReadLogOptions {
  return {
    ...(category !== undefined && { category: categories[category] as string }),
    ...(stream !== undefined && { stream: streams[stream] as string }),
    ...(typed.length > 0 && { types: typed.map((index) => types[index] as string) }),
    ...(tagged.length > 0 && { tags: tagged.map((index) => tags[index] as string) }),
  }
}

function compare(events: readonly RecordedEvent[], expected: readonly ModelEvent[]): void {
  const known = events.map(({ position: _, recordedAt: __, ...rest }) => rest)
  assert.deepEqual(known, expected)
}
