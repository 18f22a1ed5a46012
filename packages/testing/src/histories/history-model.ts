import type { ExpectedVersion, NewEvent } from '@eventfold/core'

/** An event that was sent, with everything that decides whether it comes again. */
export type SentEvent = Required<NewEvent<string, { readonly value: number }>>

export interface ModelEvent extends SentEvent {
  readonly stream: string
  readonly version: number
}

export interface ModelWrite {
  readonly stream: string
  readonly expected: ExpectedVersion
  readonly events: readonly SentEvent[]
}

/** What a store has to answer. */
export type Verdict =
  | { readonly outcome: 'stored' | 'duplicate'; readonly versions: readonly number[] }
  | { readonly outcome: 'concurrency'; readonly stream: string; readonly actual: number }
  | { readonly outcome: 'event-id-conflict' | 'invalid-event-id' }

/** A store of a few lines, to tell what a real one has to answer: one list of all events. */
export class HistoryModel {
  log: readonly ModelEvent[] = []

  stream(stream: string): ModelEvent[] {
    return this.log.filter((event) => event.stream === stream)
  }

  append(writes: readonly ModelWrite[]): Verdict {
    const ids = writes.flatMap(({ events }) => events.map(({ id }) => id))
    if (new Set(ids).size < ids.length) return { outcome: 'invalid-event-id' }
    if (this.log.some(({ id }) => ids.includes(id))) return this.#judgeAgain(writes)
    for (const { stream, expected } of writes) {
      const actual = this.stream(stream).length
      const holds =
        expected === 'any' ||
        (expected === 'no-stream' && actual === 0) ||
        (expected === 'stream-exists' && actual > 0) ||
        expected === actual
      if (!holds) return { outcome: 'concurrency', stream, actual }
    }
    const versions = writes.map(({ stream, events }) => {
      const version = this.stream(stream).length
      const stored = events.map((event, index) => ({ ...event, stream, version: version + index + 1 }))
      this.log = [...this.log, ...stored]
      return version + events.length
    })
    return { outcome: 'stored', versions }
  }

  /** Every write must be a piece of its stream, as it is. */
  #judgeAgain(writes: readonly ModelWrite[]): Verdict {
    const versions: number[] = []
    for (const { stream, events } of writes) {
      const stored = this.stream(stream)
      const start = stored.findIndex(({ id }) => id === events[0]?.id)
      const same = events.map((event, index) => {
        const found = stored[start + index]
        return start >= 0 && found?.id === event.id && contentOf(found) === contentOf(event)
      })
      if (same.includes(false)) return { outcome: 'event-id-conflict' }
      versions.push(start + events.length)
    }
    return { outcome: 'duplicate', versions }
  }
}

function contentOf({ type, data, schemaVersion, tags }: SentEvent): string {
  return JSON.stringify([type, data, schemaVersion, tags.toSorted()])
}
