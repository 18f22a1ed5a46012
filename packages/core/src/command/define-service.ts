import type { CommandSchemas } from '../aggregate/aggregate.ts'
import { InvalidInputError } from '../errors.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { checkCategory } from '../event/stream-id.ts'

/** What can be asked of something that is no aggregate: a payment provider, a mailer. Made by {@link defineService}. */
export interface ServiceDefinition<
  Commands extends CommandSchemas = CommandSchemas,
  Results extends { readonly [Name in keyof Commands]?: StandardSchema } = Record<never, never>,
  Name extends string = string,
> {
  /** What stands before the dot in the names of its commands. */
  readonly service: Name
  readonly commands: Commands
  readonly results: Results
}

/**
 * Defines what can be asked of something outside of the log. The functions that do it are given where a command bus is
 * made, so that a saga can send these commands without knowing who carries them out.
 *
 * @param service what stands before the dot in the names of its commands; without dash and dot
 * @throws InvalidInputError `invalid-definition`
 * @example
 * const Payment = defineService('payment', {
 *   commands: { charge: z.object({ order: z.string(), cents: z.int() }) },
 *   results: { charge: z.object({ receipt: z.string() }) },
 * })
 */
export function defineService<
  const Name extends string,
  Commands extends CommandSchemas,
  Results extends { readonly [Command in keyof Commands]?: StandardSchema } = Record<never, never>,
>(
  service: Name,
  definition: {
    /** Names of commands and the schemas of their inputs. */
    readonly commands: Commands
    /** Schemas of what the commands return, for those that return something. */
    readonly results?: Results
  },
): ServiceDefinition<Commands, Results, Name> {
  checkCategory(service)
  const { commands, results = {} as Results } = definition
  if (service.includes('.') || Object.keys(commands).length === 0) {
    throw new InvalidInputError(
      'invalid-definition',
      `Service ${service} needs a name without a dot, and at least one command.`,
    )
  }
  for (const name of Object.keys(results)) {
    if (Object.hasOwn(commands, name)) continue
    throw new InvalidInputError(
      'invalid-definition',
      `Service ${service} has a result for ${name}, but no command.`,
    )
  }
  return Object.freeze({ service, commands, results })
}
