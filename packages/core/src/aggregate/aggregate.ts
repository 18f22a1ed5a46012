import { InvalidInputError } from '../errors.ts'
import type { EventMetadata, RecordedEvent } from '../event/event.ts'
import { deepFreeze } from '../event/json.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import { checkCategory } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { PersonalData } from '../privacy/personal-data.ts'
import type { CommandContext } from './command-context.ts'

/** Event types and the schemas of their data. */
export type EventSchemas = Readonly<Record<string, StandardSchema>>

/** What a command may return: one of the events of the definition, not yet recorded. */
export type NewEventOf<Schemas extends EventSchemas> = {
  [Type in keyof Schemas & string]: {
    readonly type: Type
    readonly data: SchemaInput<Schemas[Type]>
    readonly id?: string
    readonly metadata?: EventMetadata
    readonly tags?: readonly string[]
  }
}[keyof Schemas & string]

/** One function per event type: state and data to the next state. Pure. A forgotten type does not compile. */
export type Evolve<Schemas extends EventSchemas, State> = {
  readonly [Type in keyof Schemas]: (state: State, data: SchemaOutput<Schemas[Type]>) => State
}

/** Command names and the schemas of their inputs. */
export type CommandSchemas = Readonly<Record<string, StandardSchema>>

/**
 * One function per command: state and input to new events, or a thrown {@link DomainError}. It may be called again
 * after a conflict, on fresh state, so it has no effect but its result.
 */
export type Decide<Schemas extends EventSchemas, State, Commands extends CommandSchemas, Services> = {
  readonly [Name in keyof Commands]: (
    state: State,
    input: SchemaOutput<Commands[Name]>,
    context: CommandContext<Services>,
  ) => readonly NewEventOf<Schemas>[] | Promise<readonly NewEventOf<Schemas>[]>
}

/** A kind of aggregate: what can happen to it, what that means, and what may be asked of it. */
export interface AggregateDefinition<
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas,
  Services,
  Category extends string = string,
> {
  /** What stands before the first dash of its stream ids. */
  readonly category: Category
  readonly events: Schemas
  /** The state before the first event, or a function that makes it. */
  readonly initialState: State | (() => State)
  readonly evolve: Evolve<Schemas, State>
  readonly commands: Commands
  readonly decide: Decide<Schemas, State, Commands, Services>
  /** Only a type: that of `context.services`. */
  readonly services?: StandardSchema<Services>
  /** What of its events is about a person: see the option `privacy` of the stores. */
  readonly personal?: PersonalData<Schemas>
}

/** State of an aggregate definition. */
export type StateOf<Definition extends { readonly initialState: unknown }> =
  Definition['initialState'] extends infer Initial
    ? Initial extends () => infer State
      ? State
      : Initial
    : never

/** Union of the recorded events of an aggregate definition, told apart by `type`. */
export type EventOf<Definition extends { readonly events: EventSchemas }> = {
  [Type in keyof Definition['events'] & string]: RecordedEvent<Type, SchemaOutput<Definition['events'][Type]>>
}[keyof Definition['events'] & string]

/**
 * Defines a kind of aggregate: schemas of events with `evolve`, schemas of commands with `decide`. Everything is
 * inferred from the schemas and the initial state, and nothing is registered anywhere.
 *
 * An initial state that is not a function is frozen: `evolve` returns a new state and changes none.
 *
 * @param category what stands before the first dash of the stream ids
 * @throws InvalidInputError `invalid-stream-id`, `invalid-event-type`, `invalid-definition`
 * @example
 * const Counter = defineAggregate('counter', {
 *   initialState: { total: 0 },
 *   events: { Incremented: z.object({ by: z.int() }) },
 *   evolve: { Incremented: (state, { by }) => ({ total: state.total + by }) },
 *   commands: { increment: z.object({ by: z.int() }) },
 *   decide: { increment: (_state, { by }) => [{ type: 'Incremented', data: { by } }] },
 * })
 */
export function defineAggregate<
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas = Record<never, never>,
  Services = unknown,
  const Category extends string = string,
>(
  category: Category,
  definition: {
    readonly services?: StandardSchema<Services>
    readonly personal?: NoInfer<PersonalData<Schemas>>
    readonly initialState: State | (() => State)
    readonly events: Schemas
    readonly evolve: NoInfer<Evolve<Schemas, State>>
    readonly commands?: Commands
    readonly decide?: Decide<NoInfer<Schemas>, NoInfer<State>, NoInfer<Commands>, NoInfer<Services>>
  },
): AggregateDefinition<Schemas, State, Commands, Services, Category> {
  checkCategory(category)
  const { events, evolve, initialState } = definition
  const commands = definition.commands ?? ({} as Commands)
  const decide = definition.decide ?? ({} as Decide<Schemas, State, Commands, Services>)
  for (const type of Object.keys(events)) checkName(type, 'event type', 'invalid-event-type', 256)
  checkSameKeys(category, 'events', events, 'evolve', evolve)
  checkSameKeys(category, 'commands', commands, 'decide', decide)
  for (const type of Object.keys(definition.personal ?? {})) {
    if (Object.hasOwn(events, type)) continue
    throw new InvalidInputError(
      'invalid-definition',
      `Aggregate ${category} has no event ${type} to be personal.`,
    )
  }
  if (typeof initialState !== 'function') deepFreeze(initialState)
  return Object.freeze({ ...definition, category, commands, decide })
}

/** The compiler says so already; this is for callers without one. */
function checkSameKeys(category: string, schemas: string, a: object, functions: string, b: object): void {
  for (const [key, missingIn] of [
    ...Object.keys(a).map((key) => [key, Object.hasOwn(b, key) ? undefined : functions] as const),
    ...Object.keys(b).map((key) => [key, Object.hasOwn(a, key) ? undefined : schemas] as const),
  ]) {
    if (missingIn === undefined) continue
    throw new InvalidInputError('invalid-definition', `Aggregate ${category} lacks ${key} in ${missingIn}.`)
  }
}
