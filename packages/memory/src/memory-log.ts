import type { Clock } from '@eventfold/core'
import {
  judgeAppend,
  type LogPage,
  type LogQuery,
  matchesFilter,
  type StoredEvent,
  type StreamQuery,
  type StreamReceipt,
  type StreamWrite,
} from '@eventfold/core/adapter'

const noEvents: readonly StoredEvent[] = []

/** The events themselves, in arrays. The event at position p stands at index p - 1. */
export class MemoryLog {
  readonly #clock: Clock
  readonly #events: StoredEvent[] = []
  readonly #streams = new Map<string, StoredEvent[]>()
  readonly #byId = new Map<string, StoredEvent>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get length(): number {
    return this.#events.length
  }

  append(writes: readonly StreamWrite[]): readonly StreamReceipt[] {
    const stored = this.#withIdsOf(writes)
    const duplicate = judgeAppend(writes, stored, (stream) => this.#streams.get(stream)?.length ?? 0)
    if (duplicate !== undefined) return duplicate
    const recordedAt = this.#clock().getTime()
    return writes.map((write) => this.#store(write, recordedAt))
  }

  #store({ stream, events }: StreamWrite, recordedAt: number): StreamReceipt {
    const streamEvents = this.#streams.get(stream) ?? []
    if (streamEvents.length === 0) this.#streams.set(stream, streamEvents)
    for (const event of events) {
      const version = streamEvents.length + 1
      const position = this.#events.length + 1
      const stored: StoredEvent = { ...event, stream, version, position, recordedAt, decoded: undefined }
      streamEvents.push(stored)
      this.#events.push(stored)
      this.#byId.set(stored.id, stored)
    }
    return { stream, version: streamEvents.length, position: this.#events.length, duplicate: false }
  }

  #withIdsOf(writes: readonly StreamWrite[]): readonly StoredEvent[] {
    const found: StoredEvent[] = []
    for (const { events } of writes) {
      for (const { id } of events) {
        const stored = this.#byId.get(id)
        if (stored !== undefined) found.push(stored)
      }
    }
    return found
  }

  /** Takes back everything after `length`. */
  truncate(length: number): void {
    for (const { id, stream } of this.#events.splice(length).reverse()) {
      this.#byId.delete(id)
      const streamEvents = this.#streams.get(stream)
      streamEvents?.pop()
      if (streamEvents?.length === 0) this.#streams.delete(stream)
    }
  }

  /** The events of a stream up to position `head`. */
  stream(stream: string, head: number): readonly StoredEvent[] {
    const events = this.#streams.get(stream) ?? noEvents
    let length = events.length
    while (length > 0 && (events[length - 1] as StoredEvent).position > head) length--
    return length === events.length ? events : events.slice(0, length)
  }

  readStream({ stream, from, to, backwards, limit }: StreamQuery, head: number): readonly StoredEvent[] {
    const events = this.stream(stream, head)
    const end = Math.min(to, events.length)
    return backwards
      ? events.slice(Math.max(from - 1, end - limit), end).reverse()
      : events.slice(from - 1, Math.min(end, from - 1 + limit))
  }

  readPage({ after, before, backwards, limit, filter }: LogQuery, head: number): LogPage {
    const end = Math.min(before - 1, head)
    const events: StoredEvent[] = []
    const step = backwards ? -1 : 1
    let next = backwards ? before : after
    for (let position = backwards ? end : after + 1; position > after && position <= end; position += step) {
      if (events.length === limit) return { events, next, end: false }
      const event = this.#events[position - 1] as StoredEvent
      if (matchesFilter(event, filter)) events.push(event)
      next = position
    }
    return { events, next, end: true }
  }
}
