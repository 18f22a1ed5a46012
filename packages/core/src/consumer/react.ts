import type { RecordedEvent } from '../event/event.ts'
import { filterOfSources, isFromSources } from '../event/event-sources.ts'
import type { EventStore } from '../store/event-store.ts'
import { Consumer } from './consumer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { ReactorContext, ReactorDefinition } from './define-reactor.ts'
import type { Delivery, HandlerContext } from './processor.ts'

export interface ReactOptions<Services = unknown> extends Omit<ConsumerOptions, 'filter'> {
  /** Handed to every handler as `context.services`. Required where the definition names a type for it. */
  readonly services?: Services
}

/**
 * Runs a reactor on a store, as a consumer of its name. Nothing runs before `start`.
 *
 * @throws InvalidInputError `invalid-option`; UnsupportedError the store keeps no documents
 * @example
 * const mailer = react(Welcome, store, { services: { mail }, onFailure: 'park' })
 * await mailer.start()
 */
export function react<Event extends RecordedEvent, Services, Transaction>(
  definition: ReactorDefinition<Event, Services>,
  store: EventStore<Transaction>,
  ...[options]: unknown extends Services
    ? [options?: ReactOptions<Services>]
    : [options: ReactOptions<Services> & { readonly services: Services }]
): Consumer<Transaction> {
  const { name, of, on, key } = definition
  const { services, ...rest }: ReactOptions<Services> = options ?? {}
  const isMeant = isFromSources(of)
  const handlers = new Map<string, unknown>(Object.entries(on)) as ReadonlyMap<
    string,
    Handler<Event, Services>
  >
  const keysOf = (event: RecordedEvent): readonly string[] => {
    if (!isMeant(event)) return []
    return [key === undefined ? event.stream : key(event as Event)]
  }
  const handle = ({ event }: Delivery, context: HandlerContext): unknown =>
    handlers.get(event.type)?.(event as Event, { ...context, services: services as Services })
  const needsKeys = key !== undefined || of.length > 1
  const filter = filterOfSources(`Reactor ${name}`, of, on)
  return new Consumer(store, name, needsKeys ? { keysOf, handle } : { handle }, { ...rest, filter })
}

type Handler<Event, Services> = (event: Event, context: ReactorContext<Services>) => unknown
