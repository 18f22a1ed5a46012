import assert from 'node:assert/strict'
import type { EventStore, ReadLogOptions, RecordedEvent } from '@eventfold/core'
import { pause } from './wait-until.ts'

/** Reads a log again and again from where it left off, as a subscription does. */
export class LogFollower {
  readonly seen: RecordedEvent[] = []
  readonly #store: EventStore
  readonly #options: ReadLogOptions
  readonly #done: Promise<void>
  #after = 0
  #following = true

  constructor(store: EventStore, options: ReadLogOptions = {}) {
    this.#store = store
    this.#options = options
    this.#done = this.#follow()
    // Reported by stop.
    this.#done.catch(() => {})
  }

  /** Reads once more to the end, then gives what was seen. It must be exactly what the log holds. */
  async stop(): Promise<readonly RecordedEvent[]> {
    this.#following = false
    await this.#done
    const { events, end } = await this.#store.readLog({ ...this.#options, limit: 10_000 })
    assert.ok(end, 'this log is too long for the check')
    const seen = this.seen.map(({ id, position }) => `${position} ${id}`)
    const stored = events.map(({ id, position }) => `${position} ${id}`)
    assert.deepEqual(seen, stored, 'a follower saw other events than the log holds')
    return this.seen
  }

  async #follow(): Promise<void> {
    while (this.#following) {
      await this.#readToEnd()
      await pause()
    }
    await this.#readToEnd()
  }

  async #readToEnd(): Promise<void> {
    let end = false
    while (!end) {
      const page = await this.#store.readLog({ limit: 5, ...this.#options, after: this.#after })
      assert.ok(page.next >= this.#after, `a page led back from ${this.#after} to ${page.next}`)
      for (const event of page.events) {
        assert.ok(event.position > this.#after && event.position <= page.next, `position ${event.position}`)
      }
      this.seen.push(...page.events)
      this.#after = page.next
      end = page.end
    }
  }
}
