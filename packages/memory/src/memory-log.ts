import type { Clock } from '@eventfold/core'
import {
  judgeAppend,
  judgeImport,
  type LogPage,
  type LogQuery,
  matchesFilter,
  type StoredEvent,
  type StreamInfo,
  type StreamMark,
  type StreamQuery,
  type StreamReceipt,
  type StreamWrite,
} from '@eventfold/core/adapter'

const noEvents: readonly StoredEvent[] = []

/** What an open transaction has done to a stream. */
export interface StreamChange {
  readonly closed?: boolean
  /** First version that stays. */
  readonly before?: number
}

type StreamChanges = ReadonlyMap<string, StreamChange>

/** The events themselves, in arrays, in the order of positions. */
export class MemoryLog {
  readonly #clock: Clock
  readonly #events: StoredEvent[] = []
  readonly #streams = new Map<string, StoredEvent[]>()
  /** Of the first `#indexed` events. */
  readonly #byId = new Map<string, StoredEvent>()
  #indexed = 0
  /** The greatest of all ids. */
  #lastId = ''
  readonly #marks = new Map<string, StreamMark>()

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

  append(writes: readonly StreamWrite[], changes?: StreamChanges): readonly StreamReceipt[] {
    const stored = this.#withIdsOf(writes)
    const duplicate = judgeAppend(
      writes,
      stored,
      (stream) => this.#versionOf(stream),
      (stream) => this.#isClosed(stream, changes),
    )
    if (duplicate !== undefined) return duplicate
    const recordedAt = this.#clock().getTime()
    return writes.map((write) => this.#store(write, recordedAt))
  }

  #store({ stream, events }: StreamWrite, recordedAt: number): StreamReceipt {
    const streamEvents = this.#eventsOf(stream)
    let version = this.#versionOf(stream)
    let position = this.headOf(this.length)
    for (const { id, type, schemaVersion, data, metadata, tags } of events) {
      version++
      position++
      this.#add(
        {
          position,
          stream,
          version,
          id,
          type,
          schemaVersion,
          data,
          metadata,
          tags,
          recordedAt,
          decoded: undefined,
        },
        streamEvents,
      )
    }
    return { stream, version, position, duplicate: false }
  }

  import(events: readonly StoredEvent[]): void {
    judgeImport(events, {
      head: this.headOf(this.length),
      versionOf: (stream) => this.#versionOf(stream),
      taken: events.flatMap(({ id }) => this.#find(id) ?? []),
    })
    for (const event of events) this.#add({ ...event, decoded: undefined }, this.#eventsOf(event.stream))
  }

  #versionOf(stream: string): number {
    return this.#streams.get(stream)?.at(-1)?.version ?? 0
  }

  #isClosed(stream: string, changes: StreamChanges | undefined): boolean {
    return changes?.get(stream)?.closed ?? this.#marks.get(stream)?.closed ?? false
  }

  #eventsOf(stream: string): StoredEvent[] {
    let events = this.#streams.get(stream)
    if (events === undefined) {
      events = []
      this.#streams.set(stream, events)
    }
    return events
  }

  #add(event: StoredEvent, streamEvents: StoredEvent[]): void {
    streamEvents.push(event)
    this.#events.push(event)
    if (event.id > this.#lastId) this.#lastId = event.id
  }

  /** An id that is greater than all others is new without a look, as those are that are ordered in time. */
  #find(id: string): StoredEvent | undefined {
    if (id > this.#lastId) return undefined
    this.#index()
    return this.#byId.get(id)
  }

  #index(): void {
    for (; this.#indexed < this.#events.length; this.#indexed++) {
      const event = this.#events[this.#indexed] as StoredEvent
      this.#byId.set(event.id, event)
    }
  }

  #withIdsOf(writes: readonly StreamWrite[]): readonly StoredEvent[] {
    const found: StoredEvent[] = []
    for (const { events } of writes) {
      for (const { id } of events) {
        const stored = this.#find(id)
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
    this.#indexed = Math.min(this.#indexed, length)
  }

  /** Makes what a transaction has done to streams visible to everybody. */
  commit(changes: StreamChanges): void {
    // Before events move: those of the index are the first ones.
    if (changes.size > 0) this.#index()
    for (const [stream, { closed, before = 0 }] of changes) {
      const events = this.#streams.get(stream)
      if (events === undefined) continue
      const mark = this.#marks.get(stream) ?? {
        stream,
        closed: false,
        firstRecordedAt: null,
        removedTo: null,
      }
      const removed = new Set(events.splice(0, before - (events[0] as StoredEvent).version))
      const last = [...removed].at(-1)
      for (const { id } of removed) this.#byId.delete(id)
      if (last !== undefined) {
        const kept = this.#events.filter((event) => !removed.has(event))
        this.#events.splice(0, this.#events.length, ...kept)
        this.#indexed = kept.length
      }
      const [first = null] = removed
      this.putMark({
        stream,
        closed: closed ?? mark.closed,
        firstRecordedAt: mark.firstRecordedAt ?? first?.recordedAt ?? null,
        removedTo: last?.position ?? mark.removedTo,
      })
    }
  }

  /** Leaves nothing of a mark that says nothing. */
  putMark(mark: StreamMark): void {
    if (mark.closed || mark.removedTo !== null) this.#marks.set(mark.stream, mark)
    else this.#marks.delete(mark.stream)
  }

  get marks(): Iterable<StreamMark> {
    return this.#marks.values()
  }

  /** The events of a stream up to position `head`. */
  stream(stream: string, head: number, changes?: StreamChanges): readonly StoredEvent[] {
    const events = this.#streams.get(stream) ?? noEvents
    let length = events.length
    while (length > 0 && (events[length - 1] as StoredEvent).position > head) length--
    const start = Math.max(0, (changes?.get(stream)?.before ?? 0) - (events[0]?.version ?? 0))
    return length === events.length && start === 0 ? events : events.slice(start, length)
  }

  streamInfo(stream: string, head: number, changes?: StreamChanges): StreamInfo | undefined {
    const events = this.stream(stream, head, changes)
    const [first] = events
    const last = events.at(-1)
    if (first === undefined || last === undefined) return undefined
    // Of all events, also those that the transaction has removed.
    const [earliest = first] = this.stream(stream, head)
    return {
      stream,
      version: last.version,
      firstVersion: first.version,
      firstRecordedAt: new Date(this.#marks.get(stream)?.firstRecordedAt ?? earliest.recordedAt),
      lastRecordedAt: new Date(last.recordedAt),
      closed: this.#isClosed(stream, changes),
    }
  }

  readStream(
    { stream, from, to, backwards, limit }: StreamQuery,
    head: number,
    changes?: StreamChanges,
  ): readonly StoredEvent[] {
    const events = this.stream(stream, head, changes)
    const removed = (events[0]?.version ?? 1) - 1
    const start = Math.max(0, from - removed - 1)
    const end = Math.max(start, Math.min(to - removed, events.length))
    return backwards
      ? events.slice(Math.max(start, end - limit), end).reverse()
      : events.slice(start, Math.min(end, start + limit))
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
