import assert from 'node:assert/strict'
import type { EventStore, RecordedEvent, SubscribeOptions } from '@eventfold/core'
import { unheard } from './wait-until.ts'

/** Collects what a subscription gives, while a case goes on. */
export class SubscriptionFollower {
  readonly seen: RecordedEvent[] = []
  readonly #store: EventStore
  readonly #options: SubscribeOptions
  readonly #controller = new AbortController()
  readonly #done: Promise<void>

  constructor(store: EventStore, options: SubscribeOptions = {}) {
    this.#store = store
    this.#options = options
    const { signal } = this.#controller
    const subscription = store.subscribe({ pollInterval: 50, ...options, signal })
    this.#done = unheard(subscription.forEach((event) => void this.seen.push(event)))
  }

  /** Ends it, and checks that it gave exactly what the log holds after `after`. Rejects with what it failed with. */
  async stop(after = 0): Promise<void> {
    this.#controller.abort()
    await this.#done
    const { category, stream, types, tags } = this.#options
    const filter = {
      ...(category !== undefined && { category }),
      ...(stream !== undefined && { stream }),
      ...(types !== undefined && { types }),
      ...(tags !== undefined && { tags }),
    }
    const { events, end } = await this.#store.readLog({ ...filter, after, limit: 10_000 })
    assert.ok(end, 'this log is too long for the check')
    const places = (list: readonly RecordedEvent[]) => list.map(({ id, position }) => `${position} ${id}`)
    assert.deepEqual(places(this.seen), places(events), 'a subscription gave other events than the log holds')
  }
}
