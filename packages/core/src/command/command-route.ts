import type { Executed } from '../aggregate/loaded.ts'
import type { PlannedCommand } from '../aggregate/planned-command.ts'
import { InvalidInputError } from '../errors.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { streamId } from '../event/stream-id.ts'
import { validate } from '../event/validate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Command } from './command.ts'
import type { Service, ServiceContext } from './service.ts'

type Planned<Transaction> = PlannedCommand<Executed<unknown, unknown>, Transaction>

/** What a bus needs of a repository. */
export interface CommandRepository<Transaction = never> {
  readonly store: EventStore<Transaction>
  readonly definition: {
    readonly category: string
    readonly commands: Readonly<Record<string, StandardSchema>>
  }
  command(id: string, command: never, ...input: never[]): Planned<Transaction>
}

/** Who carries out a command, and how. */
export type CommandRoute<Transaction> =
  | { readonly kind: 'aggregate'; readonly plan: (command: Command) => Planned<Transaction> }
  | {
      readonly kind: 'service'
      readonly schema: StandardSchema
      readonly result: StandardSchema | undefined
      readonly handle: (input: unknown, context: ServiceContext) => unknown
    }

/** Where the commands of a bus go, by their names. */
export function commandRoutes<Transaction>(
  store: EventStore<Transaction>,
  repositories: readonly CommandRepository<Transaction>[],
  services: readonly Service[],
): ReadonlyMap<string, CommandRoute<Transaction>> {
  const routes = new Map<string, CommandRoute<Transaction>>()
  const add = (command: string, route: CommandRoute<Transaction>) => {
    if (routes.has(command)) throw invalid(`Two definitions have the command ${command}.`)
    routes.set(command, route)
  }
  for (const repository of repositories) {
    const { category, commands } = repository.definition
    if (repository.store !== store) {
      throw invalid(`The repository of ${category} is on another store than the command bus.`)
    }
    for (const name of Object.keys(commands)) {
      const plan = (command: Command) => planOf(repository, name, command)
      add(`${category}.${name}`, { kind: 'aggregate', plan })
    }
  }
  for (const { definition, handlers } of services as readonly KnownService[]) {
    for (const [name, schema] of Object.entries(definition.commands)) {
      const handle = (handlers as Readonly<Record<string, never>>)[name] as never
      add(`${definition.service}.${name}`, {
        kind: 'service',
        schema,
        result: definition.results[name],
        handle,
      })
    }
  }
  return routes
}

interface KnownService extends Service {
  readonly definition: {
    readonly service: string
    readonly commands: Readonly<Record<string, StandardSchema>>
    readonly results: Readonly<Record<string, StandardSchema | undefined>>
  }
}

function planOf<Transaction>(
  repository: CommandRepository<Transaction>,
  name: string,
  { command, to, input }: Command,
): Planned<Transaction> {
  if (to === undefined) {
    throw new InvalidInputError(
      'invalid-command',
      `Command ${command} is sent to no aggregate: give its key in \`to\`.`,
    )
  }
  return repository.command(to, name as never, input as never)
}

/**
 * The input as its schema returns it.
 *
 * @throws InvalidInputError `invalid-command`
 */
export function parseInput(schema: StandardSchema, { command, input }: Command): unknown {
  return validate(schema, input, 'invalid-command', `input of ${command}`)
}

/** What commands of the same target have in common: they are carried out one after another. Undefined: nothing. */
export function turnOf({ command, to }: Command): string | undefined {
  return to === undefined ? undefined : streamId(command.slice(0, command.lastIndexOf('.')), to)
}

function invalid(message: string): InvalidInputError {
  return new InvalidInputError('invalid-definition', message)
}
