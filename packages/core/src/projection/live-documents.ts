import type { RecordedEvent } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { pageSize } from '../store/parse-query.ts'
import { TurnLimit } from '../subscription/turn-limit.ts'
import type { DocumentFold } from './document-fold.ts'

/** The documents of a projection folded from the log, in memory. */
export class LiveDocuments {
  readonly documents: Map<string, unknown> = new Map()
  readonly #store: EventStore
  readonly #fold: DocumentFold
  #position = 0
  #running: Promise<void> = Promise.resolve()
  #queued: Promise<void> | undefined

  constructor(store: EventStore, fold: DocumentFold) {
    this.#store = store
    this.#fold = fold
  }

  /** Folds what is readable and was not folded yet. What is readable when it is called is folded when it resolves. */
  refresh(): Promise<void> {
    // One that runs already may have read before this call; the one after it serves all who ask meanwhile.
    this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#queued = undefined
        this.#running = this.#catchUp()
        return this.#running
      })
    return this.#queued
  }

  async #catchUp(): Promise<void> {
    const { adapter, decoder } = this.#store
    const filter = this.#store.upcasting?.widen(this.#fold.filter) ?? this.#fold.filter
    const turns = new TurnLimit()
    while (true) {
      const page = await adapter.readLog({
        after: this.#position,
        before: Number.MAX_SAFE_INTEGER,
        backwards: false,
        limit: pageSize,
        filter,
      })
      for (const row of page.events) {
        this.#apply(decoder.events(row))
        this.#position = row.position
      }
      this.#position = page.next
      if (page.end) return
      await turns.pass()
    }
  }

  /** All that is read of one stored event, or nothing of it where a handler throws. */
  #apply(events: readonly RecordedEvent[]): void {
    const next = new Map<string, unknown>()
    for (const event of events) {
      for (const key of this.#fold.keysOf(event)) {
        const before = next.has(key) ? next.get(key) : this.documents.get(key)
        next.set(key, this.#fold.next(before, event, key))
      }
    }
    for (const [key, document] of next) {
      if (document === undefined) this.documents.delete(key)
      else this.documents.set(key, document)
    }
  }
}
