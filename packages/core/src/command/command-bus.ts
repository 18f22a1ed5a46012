import { InvalidInputError } from '../errors.ts'
import type { EventMetadata } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { CommandRepository } from './aggregate-route.ts'
import type { Command, CommandOf, CommandTarget } from './command.ts'
import type { CommandBusOptions, CommandMiddleware, SentCommand } from './command-bus-options.ts'
import type { CommandRoute, RouteContext, RouteOptions } from './command-route.ts'
import { commandRoutes } from './command-routes.ts'
import type { CommandResult, CommandSender, SendOptions } from './command-sender.ts'
import type { CommandEvent, CommandValue } from './command-values.ts'
import { checkIdempotency, Idempotency } from './idempotency.ts'
import type { Service } from './service.ts'
import { Turns } from './turns.ts'

type NameOf<Target extends CommandTarget> = CommandOf<Target>['command']

/**
 * Takes commands to the aggregates and services that carry them out. Made by {@link commandBus}.
 *
 * What happens to a command, in this order:
 * 1. `middleware`, the first outermost;
 * 2. its input is parsed by its schema;
 * 3. `authorise`;
 * 4. its idempotency key is looked up: a stored result is the answer;
 * 5. it waits for its turn: commands to the same aggregate are carried out one after another in this process;
 * 6. the aggregate decides and appends, after a conflict again on fresh state; or the handler of the service runs.
 */
export class CommandBus<Target extends CommandTarget = CommandTarget, Transaction = unknown>
  implements CommandSender<CommandOf<Target>>
{
  readonly store: EventStore<Transaction>
  readonly #routes: ReadonlyMap<string, CommandRoute>
  readonly #middleware: readonly CommandMiddleware[]
  readonly #idempotencyOptions: Parameters<typeof checkIdempotency>[0]
  #idempotency: Idempotency<Transaction> | undefined

  /** @internal */
  constructor(
    store: EventStore<Transaction>,
    options: CommandBusOptions<readonly CommandRepository<Transaction>[], readonly Service[]>,
  ) {
    this.store = store
    this.#middleware = options.middleware ?? []
    this.#idempotencyOptions = checkIdempotency(options.idempotency ?? {})
    const context: RouteContext<Transaction> = {
      store,
      turns: new Turns(),
      authorise: options.authorise,
      idempotency: () => this.#withKeys(),
      send: (command, sendOptions) => this.#send(command, sendOptions),
    }
    this.#routes = commandRoutes(context, options.aggregates ?? [], options.services ?? [])
  }

  /**
   * Sends a command and resolves with what has come of it.
   *
   * With `idempotencyKey` its effect is one, however often it is sent: the same key and command give the stored result,
   * also if the first is still under way, or its reply was lost. For an aggregate the key is stored in the transaction of
   * the append. A handler of a service runs again only if it has not come back within `takeOverAfter`. A command that
   * has failed leaves no key.
   *
   * @throws InvalidInputError `invalid-command`: no such command, or its input is not valid
   * @throws IdempotencyConflictError the key was used for another command
   * @throws UnsupportedError a key, on a store that keeps no documents
   * @throws what `authorise`, `decide` or the handler throws, as it is; and the errors of `Repository.execute`
   * @example
   * const { version } = await bus.send({ command: 'account.withdraw', to: '42', input: { cents: 500 } })
   */
  readonly send = async <Name extends NameOf<Target>>(
    command: CommandOf<Target> & { readonly command: Name },
    options: SendOptions = {},
  ): Promise<CommandResult<CommandEvent<Target, Name>, CommandValue<Target, Name>>> => {
    const result = await this.#send(command, { ...options, isWithinTurn: false })
    // Which event and value a command leads to follows from its name, by the definitions that the routes were made of.
    return result as CommandResult<CommandEvent<Target, Name>, CommandValue<Target, Name>>
  }

  /**
   * Removes idempotency keys whose time is up; it happens by itself as well, now and then after a command with a key.
   * Resolves with their number.
   *
   * @throws UnsupportedError the store keeps events only; and the errors of the store
   */
  async forgetExpired(): Promise<number> {
    return this.#withKeys().forgetExpired()
  }

  #send(command: Command, options: RouteOptions): Promise<CommandResult> {
    const { id = this.store.newId(), metadata, idempotencyKey } = options
    const sent: SentCommand = { id, command, metadata: completed(metadata, id), idempotencyKey }
    let next = (): Promise<CommandResult> => this.#carryOut(sent, options)
    for (const each of this.#middleware.toReversed()) {
      const inner = next
      next = async () => each(sent, inner)
    }
    return next()
  }

  async #carryOut(sent: SentCommand, options: RouteOptions): Promise<CommandResult> {
    const route = this.#routes.get(sent.command.command)
    if (route === undefined) {
      throw new InvalidInputError(
        'invalid-command',
        `Nobody carries out ${String(sent.command.command)}: give its repository or service to the command bus.`,
      )
    }
    const result = await route.carryOut(sent, options)
    if (sent.idempotencyKey !== undefined) this.#withKeys().forgetSometimes()
    return result
  }

  #withKeys(): Idempotency<Transaction> {
    this.#idempotency ??= new Idempotency(this.store, this.#idempotencyOptions)
    return this.#idempotency
  }
}

/** A command begins a correlation, and is the cause of what follows, unless something else is given. */
function completed(metadata: EventMetadata | undefined, id: string): EventMetadata {
  if (metadata === undefined) return { correlationId: id, causationId: id }
  const { correlationId = id, causationId = id } = metadata
  return { ...metadata, correlationId, causationId }
}

type TargetOf<Repositories extends readonly unknown[], Services extends readonly unknown[]> =
  | DefinitionOf<Repositories[number]>
  | DefinitionOf<Services[number]>

type DefinitionOf<Owner> = Owner extends { readonly definition: infer Definition }
  ? Definition extends CommandTarget
    ? Definition
    : never
  : never

/**
 * Makes a command bus on a store. Cheap: it holds no connection, and runs nothing by itself.
 *
 * @throws InvalidInputError `invalid-definition`: two definitions with the same command, or a repository of another store
 * @example
 * const bus = commandBus(store, {
 *   aggregates: [repository(Account, store)],
 *   services: [service(Payment, { charge, refund })],
 * })
 * await bus.send({ command: 'account.withdraw', to: '42', input: { cents: 500 } }, { idempotencyKey: request.id })
 */
export function commandBus<
  Transaction,
  const Repositories extends readonly CommandRepository<Transaction>[] = readonly [],
  const Services extends readonly Service[] = readonly [],
>(
  store: EventStore<Transaction>,
  options: CommandBusOptions<Repositories, Services>,
): CommandBus<TargetOf<Repositories, Services>, Transaction> {
  return new CommandBus(store, options)
}
