import type { EventOf, EventSchemas } from '../aggregate/aggregate.ts'
import { InvalidInputError } from '../errors.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import type { RecordedEvent } from './event.ts'
import { categoryOf } from './stream-id.ts'

/** What a reader needs of an aggregate definition: where its events are, and of which types. */
export interface EventSource {
  readonly category: string
  readonly events: EventSchemas
}

/** Union of the recorded events of one or several definitions, told apart by `type`. */
export type EventFrom<Source extends EventSource> = Source extends EventSource ? EventOf<Source> : never

/**
 * The filter that finds the events which `on` has functions for, as far as the store can filter; see
 * {@link isFromSources} for the rest.
 *
 * @throws InvalidInputError `invalid-definition`: no definition, no function, or a function for an event they lack
 */
export function filterOfSources(name: string, of: readonly EventSource[], on: object): LogFilter {
  const types = Object.keys(on)
  const [first, ...others] = new Set(of.map(({ category }) => category))
  if (first === undefined || types.length === 0) {
    throw new InvalidInputError(
      'invalid-definition',
      `${name} needs a definition in \`of\`, and handlers in \`on\`.`,
    )
  }
  for (const type of types) {
    if (of.some(({ events }) => Object.hasOwn(events, type))) continue
    throw new InvalidInputError(
      'invalid-definition',
      `${name} handles ${type}, which no definition of \`of\` has.`,
    )
  }
  return others.length === 0 ? { category: first, types } : { types }
}

/** Whether an event is one of theirs: a category and a type of the same definition. */
export function isFromSources(of: readonly EventSource[]): (event: RecordedEvent) => boolean {
  const typesByCategory = new Map<string, Set<string>>()
  for (const { category, events } of of) {
    const types = typesByCategory.get(category) ?? new Set()
    for (const type of Object.keys(events)) types.add(type)
    typesByCategory.set(category, types)
  }
  return ({ stream, type }) => typesByCategory.get(categoryOf(stream))?.has(type) === true
}
