import { Consumer } from '../consumer/consumer.ts'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventFrom, type EventSource, filterOfSources, isFromSources } from '../event/event-sources.ts'
import { keyOf } from '../event/stream-id.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Message } from './define-outbox.ts'
import { toMessage } from './outbox.ts'
import type { Publish } from './publish.ts'

/** A recorded event as a message. */
export type EventMessage<Event extends RecordedEvent> =
  Event extends RecordedEvent<infer Type, infer Data> ? Message<Type, Data> : never

export interface PublishEventsOptions<Source extends EventSource> extends Omit<ConsumerOptions, 'filter'> {
  /** Aggregate definitions, whose events are published. */
  readonly of: readonly Source[]
  /** Hands an event to the outside. */
  readonly publish: Publish<EventMessage<EventFrom<Source>>>
  /** What is published in order. Pure. Default: what stands after the category in the stream id. */
  readonly key?: (event: EventFrom<Source>) => string
}

/**
 * Publishes recorded events to the outside: at least once, in the order of their keys, with the id of the event. Nothing
 * runs before `start`.
 *
 * @param name of its consumer in the store
 * @throws UnsupportedError the store keeps no documents; InvalidInputError `invalid-definition`, `invalid-option`
 * @example
 * const feed = publishEvents('order-feed', store, { of: [Order], publish: (message) => broker.send(message) })
 * await feed.start()
 */
export function publishEvents<Source extends EventSource, Transaction>(
  name: string,
  store: EventStore<Transaction>,
  options: PublishEventsOptions<Source>,
): Consumer<Transaction> {
  const { of, publish, key, ...rest } = options
  const types = Object.fromEntries(
    of.flatMap(({ events }) => Object.keys(events).map((type) => [type, true])),
  )
  const filter = filterOfSources(`Publisher ${name}`, of, types)
  const isMeant = isFromSources(of)
  const keyFor = (event: RecordedEvent) =>
    key === undefined ? keyOf(event.stream) : key(event as EventFrom<Source>)
  return new Consumer(
    store,
    name,
    {
      keysOf: (event) => (isMeant(event) ? [key === undefined ? event.stream : keyFor(event)] : []),
      handle: ({ event }, { signal, attempt }) =>
        publish(toMessage(event, keyFor(event)) as EventMessage<EventFrom<Source>>, { signal, attempt }),
    },
    { onFailure: 'park', ...rest, filter },
  )
}
