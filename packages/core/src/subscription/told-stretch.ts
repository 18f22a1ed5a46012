import type { StoredEvent } from '../event/stored-event.ts'
import { matchesFilter } from '../store/matches-filter.ts'
import type { LogFilter, LogPage, LogStretch } from '../store/store-adapter.ts'

/** Text that is kept at most, in characters. */
const mostCharacters = 1_048_576

/**
 * What wake-ups have told of the log behind the position of a reader, without a gap: as much as a look at the log would
 * find, and known without one. It holds what the filter of the reader lets through, and not much of it.
 */
export class ToldStretch {
  readonly #filter: LogFilter
  #after = 0
  #next = 0
  #events: StoredEvent[] = []
  #characters = 0

  constructor(filter: LogFilter) {
    this.#filter = filter
  }

  /** The reader has come to a position. */
  moveTo(position: number): void {
    if (position === this.#after) return
    this.#after = position
    this.#next = position
    this.#events = []
    this.#characters = 0
  }

  /**
   * @param most events that it may hold
   * @returns whether it now knows all up to the end of the stretch
   */
  add({ after, events }: LogStretch, most: number): boolean {
    if (after !== this.#next) return false
    const wanted = events.filter((event) => matchesFilter(event, this.#filter))
    const characters = this.#characters + charactersOf(wanted)
    if (this.#events.length + wanted.length > most || characters > mostCharacters) return false
    this.#events.push(...wanted)
    this.#characters = characters
    this.#next = (events.at(-1) as StoredEvent).position
    return true
  }

  /** All that was told, as the page that a look would have given, and moves on over it. Undefined: nothing. */
  take(): LogPage | undefined {
    if (this.#next === this.#after) return undefined
    const page = { events: this.#events, next: this.#next, end: true }
    this.moveTo(page.next)
    return page
  }
}

function charactersOf(events: readonly StoredEvent[]): number {
  let characters = 0
  for (const { data, metadata } of events) characters += data.length + metadata.length
  return characters
}
