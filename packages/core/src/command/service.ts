import type { CommandSchemas } from '../aggregate/aggregate.ts'
import { InvalidInputError } from '../errors.ts'
import type { Clock, IdSource } from '../event/clock.ts'
import type { EventMetadata } from '../event/event.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import type { CommandSender } from './command-sender.ts'
import type { ServiceDefinition } from './define-service.ts'

/** What a handler of a service gets besides the input. */
export interface ServiceContext {
  /** Id of the command. */
  readonly id: string
  readonly to: string | undefined
  /**
   * The same whenever this command is tried. Pass it on to what the handler calls, so that a repetition after a crash has
   * no second effect.
   */
  readonly idempotencyKey: string
  /** Metadata for what follows from the command. */
  readonly metadata: EventMetadata
  /** Aborts when nobody waits for the result any more. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly newId: IdSource
  /** Sends a command that follows from this one: correlation, causation and actor are handed on. */
  readonly send: CommandSender['send']
}

type ResultsOf<Commands> = { readonly [Name in keyof Commands]?: StandardSchema }

/** One function per command. What it returns fits the schema of the result, where the definition has one. */
export type ServiceHandlers<Commands extends CommandSchemas, Results extends ResultsOf<Commands>> = {
  readonly [Name in keyof Commands]: (
    input: SchemaOutput<Commands[Name]>,
    context: ServiceContext,
  ) => Name extends keyof Results ? Returned<Results[Name]> : void | Promise<void>
}

type Returned<Schema> = Schema extends StandardSchema
  ? SchemaInput<Schema> | Promise<SchemaInput<Schema>>
  : void | Promise<void>

/** A service with the functions that carry out its commands. Made by {@link service}. */
export interface Service<Definition = unknown> {
  readonly definition: Definition
  readonly handlers: object
}

/**
 * The functions that carry out the commands of a service, for a command bus.
 *
 * @throws InvalidInputError `invalid-definition`: a command without a function
 * @example
 * const payment = service(Payment, {
 *   charge: ({ order, cents }, { idempotencyKey, signal }) => provider.charge({ order, cents, idempotencyKey, signal }),
 * })
 */
export function service<
  Commands extends CommandSchemas,
  Results extends ResultsOf<Commands>,
  Name extends string,
>(
  definition: ServiceDefinition<Commands, Results, Name>,
  handlers: ServiceHandlers<Commands, Results>,
): Service<ServiceDefinition<Commands, Results, Name>> {
  const missing = Object.keys(definition.commands).find((name) => !Object.hasOwn(handlers, name))
  if (missing !== undefined) {
    throw new InvalidInputError(
      'invalid-definition',
      `Service ${definition.service} has no handler for ${missing}.`,
    )
  }
  return Object.freeze({ definition, handlers })
}
