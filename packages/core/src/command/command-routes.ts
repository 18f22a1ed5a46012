import { InvalidInputError } from '../errors.ts'
import type { StandardSchema } from '../event/standard-schema.ts'
import { AggregateRoute, type CommandRepository } from './aggregate-route.ts'
import type { CommandRoute, RouteContext } from './command-route.ts'
import type { Service } from './service.ts'
import { type ServiceCommand, ServiceRoute } from './service-route.ts'

/**
 * Where the commands of a bus go, by their names.
 *
 * @throws InvalidInputError `invalid-definition`
 */
export function commandRoutes<Transaction>(
  context: RouteContext<Transaction>,
  repositories: readonly CommandRepository<Transaction>[],
  services: readonly Service[],
): ReadonlyMap<string, CommandRoute> {
  const routes = new Map<string, CommandRoute>()
  const add = (command: string, route: CommandRoute) => {
    if (routes.has(command)) throw invalid(`Two definitions have the command ${command}.`)
    routes.set(command, route)
  }
  for (const repository of repositories) {
    const { category, commands } = repository.definition
    if (repository.store !== context.store) {
      throw invalid(`The repository of ${category} is on another store than the command bus.`)
    }
    for (const name of Object.keys(commands)) {
      add(`${category}.${name}`, new AggregateRoute(context, repository, name))
    }
  }
  for (const { definition, handlers } of services as readonly KnownService[]) {
    const { service, commands, results } = definition
    for (const [name, schema] of Object.entries(commands)) {
      const handle = handlers[name] as ServiceCommand['handle']
      add(`${service}.${name}`, new ServiceRoute(context, { service, schema, result: results[name], handle }))
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
  readonly handlers: Readonly<Record<string, unknown>>
}

function invalid(message: string): InvalidInputError {
  return new InvalidInputError('invalid-definition', message)
}
