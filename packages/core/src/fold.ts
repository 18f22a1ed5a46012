import type { AggregateDefinition, CommandSchemas, EventSchemas } from './aggregate.ts'
import { InvalidInputError } from './errors.ts'
import { validate } from './validate.ts'

type Definition<Schemas extends EventSchemas, State> = Pick<
  AggregateDefinition<Schemas, State, CommandSchemas, unknown>,
  'category' | 'events' | 'initialState' | 'evolve'
>

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
    throw new InvalidInputError('invalid-event', `Aggregate ${category} has no event ${type}.`)
  }
  return validate(schema, data, 'invalid-event', `data of event ${type}`)
}
