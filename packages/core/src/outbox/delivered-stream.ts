import { Consumer, type WaitOptions } from '../consumer/consumer.ts'
import type { Delivery, HandlerContext } from '../consumer/processor.ts'
import { InvalidInputError } from '../errors.ts'
import type { NewEvent } from '../event/event.ts'
import { streamId } from '../event/stream-id.ts'
import { TimerRunner } from '../schedule/timer-runner.ts'
import { Timers } from '../schedule/timers.ts'
import type { EventStore } from '../store/event-store.ts'
import type { DeliveryOptions, PutOptions } from './delivery-options.ts'

/** An event to deliver, with an id that it keeps while it waits. */
export type DeliverableEvent = NewEvent & { readonly id: string }

/**
 * Events of a category of their own that are delivered by a consumer, at once or at a time: what an outbox and a queue of
 * commands have in common.
 */
export abstract class DeliveredStream<Transaction> {
  readonly store: EventStore<Transaction>
  /** Delivers: for its status, for what is parked, and for pausing it. */
  readonly consumer: Consumer<Transaction>
  readonly #category: string
  readonly #timers: Timers<Transaction>
  readonly #runner: TimerRunner<Transaction>
  readonly #now: () => Promise<number>

  /** @internal */
  constructor(
    store: EventStore<Transaction>,
    category: string,
    delivery: {
      readonly types: readonly string[]
      readonly handle: (event: Delivery['event'], context: HandlerContext) => unknown
      readonly options: DeliveryOptions
    },
  ) {
    const { types, handle, options } = delivery
    const { now = () => store.adapter.now(), ...rest } = options
    this.store = store
    this.#category = category
    this.#now = now
    this.consumer = new Consumer(
      store,
      category,
      { handle: ({ event }, context) => handle(event, context) },
      { onFailure: 'park', ...rest, filter: { category, types } },
    )
    this.#timers = new Timers(store, category)
    this.#runner = new TimerRunner(this.#timers, {
      now,
      ...(rest.pollInterval !== undefined && { pollInterval: rest.pollInterval }),
      ...(rest.random !== undefined && { random: rest.random }),
      onError: (error) => rest.onError?.(error, { attempt: 1, action: 'retry' }),
    })
  }

  /** Delivers from now on, or stands by, until {@link stop}. Throws as `Consumer.start`. */
  async start(): Promise<void> {
    try {
      // Both at once, so that a stop meanwhile ends both.
      await Promise.all([this.consumer.start(), this.#runner.start()])
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Ends that, and leaves nothing half-done. Never rejects. May be called twice. */
  async stop(): Promise<void> {
    await Promise.all([this.#runner.stop(), this.consumer.stop()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Takes back what was put for later. False: it has gone out, or there is none. Once it is true, it never goes out. */
  async cancel(id: string, options: { readonly transaction?: Transaction } = {}): Promise<boolean> {
    return this.#timers.cancel(id, options.transaction)
  }

  /** Resolves when everything up to `position` was delivered, or parked. */
  async waitFor(position: number, options: WaitOptions = {}): Promise<void> {
    await this.consumer.waitFor(position, options)
  }

  /** @internal Stores what is to be delivered: now in its stream, or as timers until its time. */
  protected async deliver(
    key: string,
    events: readonly DeliverableEvent[],
    options: PutOptions<Transaction>,
  ): Promise<void> {
    const { transaction } = options
    const stream = streamId(this.#category, key)
    const due = await this.#dueOf(options)
    if (due === undefined) {
      await this.store.append(stream, events, transaction === undefined ? {} : { transaction })
      return
    }
    // Only what can be appended then may wait.
    this.store.checkEvents(events)
    const writes = events.map((event) => this.#timers.setWrite({ id: event.id, due, stream, event }))
    await this.store.adapter.documents?.write(writes, transaction)
    this.store.adapter.wakeUp()
  }

  async #dueOf({ at, after }: PutOptions<Transaction>): Promise<number | undefined> {
    if (at !== undefined && after !== undefined) {
      throw new InvalidInputError(
        'invalid-option',
        'Both `at` and `after` are given: say by one when it is due.',
      )
    }
    if (at !== undefined) return at.getTime()
    return after === undefined ? undefined : Math.ceil((await this.#now()) + after)
  }
}
