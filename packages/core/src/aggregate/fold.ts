import { InvalidInputError } from '../errors.ts'
import type { SchemaOutput } from '../event/standard-schema.ts'
import { validate } from '../event/validate.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas } from './aggregate.ts'

type Definition<Schemas extends EventSchemas, State> = Pick<
  AggregateDefinition<Schemas, State, CommandSchemas, unknown>,
  'category' | 'events' | 'initialState' | 'evolve'
>

/** What a fold needs of an event: recorded ones fit, and those that you write down. */
export type FoldableEvent<Schemas extends EventSchemas> = {
  [Type in keyof Schemas & string]: { readonly type: Type; readonly data: SchemaOutput<Schemas[Type]> }
}[keyof Schemas & string]

/**
 * The state that events lead to: from the initial state on, or from `state`. Pure; the data is taken as it is.
 *
 * @throws InvalidInputError `invalid-event`: the definition has no such event
 * @example
 * const state = fold(Account, await store.readStream<EventOf<typeof Account>>('account-42'))
 * const next = fold(Account, [{ type: 'MoneyDeposited', data: { cents: 500 } }], state)
 */
export function fold<Schemas extends EventSchemas, State>(
  definition: Definition<Schemas, State>,
  events: Iterable<FoldableEvent<Schemas>>,
  state: NoInfer<State> = startState(definition),
): State {
  let folded = state
  for (const { type, data } of events) {
    if (!Object.hasOwn(definition.evolve, type))
      throw unknownEvent(definition.category, type, definition.evolve)
    folded = evolveState(definition, folded, type, data)
  }
  return folded
}

/** The state before the first event. */
export function startState<Schemas extends EventSchemas, State>({
  initialState,
}: Definition<Schemas, State>): State {
  return typeof initialState === 'function' ? (initialState as () => State)() : initialState
}

/** The state after one more event, whose type the definition has and whose data fits. */
export function evolveState<Schemas extends EventSchemas, State>(
  { evolve }: Definition<Schemas, State>,
  state: State,
  type: string,
  data: unknown,
): State {
  return evolve[type as keyof Schemas](state, data as never)
}

/**
 * The data as the schema of its event returns it; a promise only where the schema is asynchronous.
 *
 * @throws InvalidInputError `invalid-event`
 */
export function validateEventData<Schemas extends EventSchemas, State>(
  { category, events }: Definition<Schemas, State>,
  type: string,
  data: unknown,
): unknown {
  const schema = Object.hasOwn(events, type) ? events[type] : undefined
  if (schema === undefined) {
    throw unknownEvent(category, type, events)
  }
  return validate(schema, data, 'invalid-event', `data of event ${type}`)
}

function unknownEvent(category: string, type: string, known: object): InvalidInputError {
  return new InvalidInputError(
    'invalid-event',
    `Aggregate ${category} has no event ${type}. It has ${Object.keys(known).join(', ')}.`,
  )
}
