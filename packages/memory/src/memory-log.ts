import type { Clock } from '@eventfold/core'
import {
  judgeAppend,
  judgeImport,
  type LogPage,
  type LogQuery,
  type StoredEvent,
  type StreamQuery,
  type StreamReceipt,
  type StreamWrite,
} from '@eventfold/core/adapter'
import { matchesFilter } from './log-filter.ts'

const noEvents: readonly StoredEvent[] = []

/** The events themselves, in arrays, in the order of positions. */
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

  /** Position of the last of the first `length` events. */
  headOf(length: number): number {
    return this.#events[length - 1]?.position ?? 0
  }

  append(writes: readonly StreamWrite[]): readonly StreamReceipt[] {
    const stored = this.#withIdsOf(writes)
    const duplicate = judgeAppend(writes, stored, (stream) => this.#streams.get(stream)?.length ?? 0)
    if (duplicate !== undefined) return duplicate
    const recordedAt = this.#clock().getTime()
    return writes.map((write) => this.#store(write, recordedAt))
  }

  #store({ stream, events }: StreamWrite, recordedAt: number): StreamReceipt {
    let version = this.#streams.get(stream)?.length ?? 0
    let position = this.headOf(this.length)
    for (const event of events) {
      version++
      position++
      this.#add({ ...event, stream, version, position, recordedAt, decoded: undefined })
    }
    return { stream, version, position, duplicate: false }
  }

  import(events: readonly StoredEvent[]): void {
    judgeImport(events, {
      head: this.headOf(this.length),
      versionOf: (stream) => this.#streams.get(stream)?.length ?? 0,
      taken: events.flatMap(({ id }) => this.#byId.get(id) ?? []),
    })
    for (const event of events) this.#add({ ...event, decoded: undefined })
  }

  #add(event: StoredEvent): void {
    const streamEvents = this.#streams.get(event.stream)
    if (streamEvents === undefined) this.#streams.set(event.stream, [event])
    else streamEvents.push(event)
    this.#events.push(event)
    this.#byId.set(event.id, event)
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
    const [first, end] = [this.#countUpTo(after), this.#countUpTo(Math.min(before - 1, head))]
    const events: StoredEvent[] = []
    const step = backwards ? -1 : 1
    let next = backwards ? before : after
    for (let index = backwards ? end - 1 : first; index >= first && index < end; index += step) {
      if (events.length === limit) return { events, next, end: false }
      const event = this.#events[index] as StoredEvent
      if (matchesFilter(event, filter)) events.push(event)
      next = event.position
    }
    return { events, next, end: true }
  }

  /** How many events there are up to a position: as many as it says, unless an import has left gaps. */
  #countUpTo(position: number): number {
    let low = 0
    let high = Math.min(position, this.#events.length)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#events[middle - 1] as StoredEvent).position <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}
