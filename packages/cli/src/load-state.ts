import {
  type AggregateDefinition,
  type CommandSchemas,
  categoryOf,
  type EventSchemas,
  type EventStore,
  keyOf,
  type Loaded,
  repository,
} from '@eventfold/core'
import { aggregatesOf } from './aggregates-of.ts'
import type { AggregateShape, EventfoldConfig } from './define-config.ts'

type AnyAggregate = AggregateDefinition<EventSchemas, unknown, CommandSchemas, unknown>

/** The definition that a config has for a stream. */
export function aggregateOf(config: EventfoldConfig, stream: string): AggregateShape | undefined {
  return aggregatesOf(config).find(({ category }) => category === categoryOf(stream))
}

/** The state of a stream: now, or as of a version or a time. Throws as `Repository.load`. */
export async function loadState(
  store: EventStore,
  definition: AggregateShape,
  stream: string,
  place: { readonly version?: number; readonly at?: Date },
): Promise<Loaded<unknown>> {
  // Loading needs no more of a definition than this.
  const { category, events, initialState, evolve } = definition
  const loadable = { category, events, initialState, evolve, commands: {}, decide: {} } as AnyAggregate
  return repository(loadable, store).load(keyOf(stream), place)
}
