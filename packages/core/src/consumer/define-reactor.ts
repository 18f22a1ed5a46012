import type { RecordedEvent } from '../event/event.ts'
import { type EventFrom, type EventSource, filterOfSources } from '../event/event-sources.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { checkName } from '../event/text-rules.ts'
import type { HandlerContext } from './processor.ts'

/** What a reactor gets besides the event. */
export interface ReactorContext<Services = unknown> extends HandlerContext {
  /** Your own, as given to `react`. */
  readonly services: Services
}

/** One function per event type, for the types that matter. */
export type ReactorHandlers<Event extends RecordedEvent, Services> = {
  readonly [Type in Event['type']]?: (
    event: Extract<Event, RecordedEvent<Type>>,
    context: ReactorContext<Services>,
  ) => unknown
}

/** A kind of reaction: what is done outside of the store when something has happened. Made by {@link defineReactor}. */
export interface ReactorDefinition<
  Event extends RecordedEvent,
  Services = unknown,
  Source extends EventSource = EventSource,
> {
  readonly name: string
  readonly of: readonly Source[]
  readonly key: ((event: Event) => string) | undefined
  readonly on: ReactorHandlers<Event, Services>
  /** Only a type: that of `context.services`. */
  readonly services?: StandardSchema<Services> | undefined
}

/**
 * Defines what is done outside of the store when something has happened: mails, calls to other services, messages.
 * Handlers are inferred from the aggregate definitions, and types that do not matter are left out. `react` runs it.
 *
 * Each event is handled at least once: after a crash, a lost lease or a failure again, with the same
 * `context.idempotencyKey`. Give that to the outside service, so that a repetition has no second effect.
 *
 * @param name of its consumer in the store; it has one checkpoint under this name
 * @throws InvalidInputError `invalid-definition`
 * @example
 * const Welcome = defineReactor('welcome-mail', {
 *   services: typeOf<{ mail: Mailer }>(),
 *   of: [Account],
 *   on: {
 *     AccountOpened: ({ data }, { services, idempotencyKey, signal }) =>
 *       services.mail.send({ to: data.owner, template: 'welcome', idempotencyKey, signal }),
 *   },
 * })
 */
export function defineReactor<Source extends EventSource, Services = unknown>(
  name: string,
  definition: {
    readonly services?: StandardSchema<Services>
    /** Aggregate definitions, whose events are handled. */
    readonly of: readonly Source[]
    /**
     * What is kept in order, and held back when an event fails. Pure: an event has one key for ever. Default: the stream.
     */
    readonly key?: (event: NoInfer<EventFrom<Source>>) => string
    readonly on: NoInfer<ReactorHandlers<EventFrom<Source>, Services>>
  },
): ReactorDefinition<EventFrom<Source>, Services, Source> {
  const { of, key, on, services } = definition
  checkName(name, 'name of a reactor', 'invalid-definition', 256)
  filterOfSources(`Reactor ${name}`, of, on)
  return Object.freeze({ name, of, key, on, services })
}
