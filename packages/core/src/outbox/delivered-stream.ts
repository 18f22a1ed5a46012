import { Consumer } from '../consumer/consumer.ts'
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
export class DeliveredStream<Transaction> {
  readonly store: EventStore<Transaction>
  readonly consumer: Consumer<Transaction>
  readonly #category: string
  readonly #timers: Timers<Transaction>
  readonly #runner: TimerRunner<Transaction>
  readonly #now: () => Promise<number>

  /** @throws UnsupportedError the store keeps no documents; InvalidInputError `invalid-option` */
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

  async start(): Promise<void> {
    try {
      await this.consumer.start()
      await this.#runner.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#runner.stop(), this.consumer.stop()])
  }

  /** Stores what is to be delivered: now in its stream, or as timers until its time. */
  async put(
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
    const writes = events.map((event) => this.#timers.setWrite({ id: event.id, due, stream, event }))
    await this.store.adapter.documents?.write(writes, transaction)
    this.store.adapter.wakeUp()
  }

  /** Takes back what has not gone out yet, because its time has not come. */
  async cancel(id: string, transaction: Transaction | undefined): Promise<boolean> {
    return this.#timers.cancel(id, transaction)
  }

  async #dueOf({ at, after }: PutOptions<Transaction>): Promise<number | undefined> {
    if (at !== undefined && after !== undefined) {
      throw new InvalidInputError(
        'invalid-option',
        'Both `at` and `after` are given: say by one when it is due.',
      )
    }
    if (at !== undefined) return at.getTime()
    return after === undefined ? undefined : (await this.#now()) + after
  }
}
