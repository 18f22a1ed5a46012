import {
  type AggregateDefinition,
  type CommandSchemas,
  type EventSchemas,
  type EventStore,
  Repository,
  type RepositoryOptions,
  type Snapshots,
} from '@eventfold/core'
import type { AggregateShape } from './define-config.ts'

/** What the command line uses of a repository. */
export interface RepositoryShape {
  readonly snapshots: Pick<Snapshots<unknown>, 'verify' | 'clear' | 'removeOthers'> | undefined
}

/** An aggregate with the repository that your program has for it. Made by {@link withRepository}. */
export interface ConfiguredRepository {
  readonly definition: AggregateShape
  readonly open: (store: EventStore) => RepositoryShape
}

/**
 * An aggregate of a config, with the options that your program gives to its `repository`. Give the very same ones: which
 * snapshots belong to the code follows from them. Services are not needed, as no command is executed here.
 *
 * @example
 * export default defineConfig({ aggregates: [withRepository(Account, { snapshots: { every: 100 } }), Customer] })
 */
export function withRepository<
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas,
  Services,
  Category extends string,
>(
  definition: AggregateDefinition<Schemas, State, Commands, Services, Category>,
  options: Omit<RepositoryOptions<unknown, NoInfer<State>>, 'services'>,
): ConfiguredRepository {
  return { definition, open: (store) => new Repository(definition, store, options) }
}
