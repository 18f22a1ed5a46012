import { InvalidInputError } from '../errors.ts'
import type { EventMetadata, RecordedEvent } from '../event/event.ts'
import { keyOf } from '../event/stream-id.ts'
import { validate } from '../event/validate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Message, MessageOf, MessageSchemas, NewMessageOf, OutboxDefinition } from './define-outbox.ts'
import { type DeliverableEvent, DeliveredStream } from './delivered-stream.ts'
import type { DeliveryOptions, PutOptions } from './delivery-options.ts'
import type { Publish } from './publish.ts'

export interface OutboxOptions<Outgoing extends Message> extends DeliveryOptions {
  /** Hands a message to the outside. */
  readonly publish: Publish<Outgoing>
}

/**
 * Messages to the outside, stored in the transaction of whatever gives rise to them. Made by {@link outbox}.
 *
 * A message is an event in a stream of its key, so it is as durable as what has happened, and published at least once, in
 * the order of its key, by one instance of many, always with the same id. What cannot be published is parked, and holds
 * back its own key only.
 */
export class Outbox<
  Schemas extends MessageSchemas,
  Transaction = unknown,
> extends DeliveredStream<Transaction> {
  readonly name: string
  readonly #definition: OutboxDefinition<Schemas>

  /** @internal */
  constructor(
    definition: OutboxDefinition<Schemas>,
    store: EventStore<Transaction>,
    { publish, ...options }: OutboxOptions<MessageOf<Schemas>>,
  ) {
    super(store, `outbox:${definition.name}`, {
      types: Object.keys(definition.messages),
      handle: (event, { signal, attempt }) =>
        publish(toMessage(event) as MessageOf<Schemas>, { signal, attempt }),
      options,
    })
    this.name = definition.name
    this.#definition = definition
  }

  /**
   * Puts messages in; they are published in this order, and after those of the same key that were put before. Resolves
   * with their ids, which `cancel` takes while their time has not come.
   *
   * @throws InvalidInputError `invalid-message`, `invalid-option`; and the errors of `EventStore.append`
   * @example
   * await store.transaction(async (transaction) => {
   *   await store.append('order-7', [shipped], { transaction })
   *   await notices.put('order-7', [{ type: 'OrderShipped', data: { order: '7' } }], { transaction })
   * })
   */
  async put(
    key: string,
    messages: readonly NewMessageOf<Schemas>[],
    options: PutOptions<Transaction> & { readonly metadata?: EventMetadata } = {},
  ): Promise<readonly string[]> {
    const { metadata, ...rest } = options
    const events: DeliverableEvent[] = []
    for (const { type, data, id = this.store.newId() } of messages) {
      events.push({
        id,
        type,
        data: await this.#parse(type, data),
        ...(metadata !== undefined && { metadata }),
      })
    }
    await this.deliver(key, events, rest)
    return events.map(({ id }) => id)
  }

  #parse(type: string, data: unknown): unknown {
    const { name, messages } = this.#definition
    const schema = Object.hasOwn(messages, type) ? messages[type] : undefined
    if (schema !== undefined) return validate(schema, data, 'invalid-message', `data of message ${type}`)
    throw new InvalidInputError('invalid-message', `Outbox ${name} has no message ${type}.`)
  }
}

/** An event as a message to the outside. */
export function toMessage(event: RecordedEvent, key: string = keyOf(event.stream)): Message {
  const { id, type, data, metadata, recordedAt } = event
  const { correlationId, causationId } = metadata
  return { id, key, type, data, correlationId, causationId, recordedAt }
}

/**
 * An outbox on a store. Cheap: nothing is published before `start`, which may be in another process than `put`.
 *
 * @throws UnsupportedError the store keeps no documents; InvalidInputError `invalid-option`
 * @example
 * const notices = outbox(Notices, store, { publish: (message) => broker.send(message) })
 * await notices.start()
 */
export function outbox<Schemas extends MessageSchemas, Transaction>(
  definition: OutboxDefinition<Schemas>,
  store: EventStore<Transaction>,
  options: OutboxOptions<MessageOf<Schemas>>,
): Outbox<Schemas, Transaction> {
  return new Outbox(definition, store, options)
}
