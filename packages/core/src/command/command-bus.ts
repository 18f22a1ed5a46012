import { InvalidInputError, UnsupportedError } from '../errors.ts'
import type { EventMetadata, NewEvent } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Command, CommandOf, CommandTarget } from './command.ts'
import type { CommandBusOptions, SentCommand } from './command-bus-options.ts'
import {
  type CommandRepository,
  type CommandRoute,
  commandRoutes,
  parseInput,
  turnOf,
} from './command-route.ts'
import type { CommandResult, CommandSender, SendOptions } from './command-sender.ts'
import type { CommandEvent, CommandValue } from './command-values.ts'
import { aggregateWork, type CommandWork, type InTurn, serviceWork } from './command-work.ts'
import { checkIdempotencyKey, IdempotencyKeys, type StoredResult } from './idempotency-keys.ts'
import { OncePerKey } from './once-per-key.ts'
import type { Service, ServiceContext } from './service.ts'
import { StoreTime } from './store-time.ts'
import { Turns } from './turns.ts'

type NameOf<Target extends CommandTarget> = CommandOf<Target>['command']

/** How often keys that are no longer kept are looked for, in milliseconds. */
const forgetInterval = 60_000

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
  readonly #routes: ReadonlyMap<string, CommandRoute<Transaction>>
  readonly #options: CommandBusOptions<unknown, unknown>
  readonly #once: OncePerKey<Transaction> | undefined
  readonly #turns = new Turns()
  #forgotAt = Number.NEGATIVE_INFINITY

  /** @internal */
  constructor(
    store: EventStore<Transaction>,
    options: CommandBusOptions<readonly CommandRepository<Transaction>[], readonly Service[]>,
  ) {
    this.store = store
    this.#options = options
    this.#routes = commandRoutes(store, options.aggregates ?? [], options.services ?? [])
    const { documents } = store.adapter
    const { newId, codec } = store
    this.#once =
      documents &&
      new OncePerKey(new IdempotencyKeys(documents, codec), new StoreTime(() => store.adapter.now()), {
        newId,
        ...options.idempotency,
      })
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
    const result = await this.#send(command, options, new Set())
    // Which event and value a command leads to follows from its name, by the definitions that the routes were made of.
    return result as CommandResult<CommandEvent<Target, Name>, CommandValue<Target, Name>>
  }

  /**
   * Removes idempotency keys whose time is up; it happens by itself as well, now and then after a command with a key.
   * Resolves with their number.
   */
  async forgetExpired(): Promise<number> {
    return (await this.#once?.forgetExpired()) ?? 0
  }

  async #send(command: Command, options: SendOptions, held: ReadonlySet<string>): Promise<CommandResult> {
    const id = options.id ?? this.store.newId()
    const sent: SentCommand = {
      id,
      command,
      metadata: { correlationId: id, causationId: id, ...options.metadata },
      idempotencyKey: options.idempotencyKey,
    }
    const inner = () => this.#carryOut(sent, options, held)
    const { middleware = [] } = this.#options
    const chain = middleware.reduceRight<() => Promise<CommandResult>>(
      (next, each) => async () => each(sent, next),
      inner,
    )
    return chain()
  }

  async #carryOut(
    sent: SentCommand,
    options: SendOptions,
    held: ReadonlySet<string>,
  ): Promise<CommandResult> {
    const { command, idempotencyKey } = sent
    const route = this.#routes.get(command.command)
    if (route === undefined) {
      throw new InvalidInputError(
        'invalid-command',
        `Nobody carries out ${String(command.command)}: give its repository or service to the command bus.`,
      )
    }
    const work = await this.#prepare(route, sent, { options, held })
    if (idempotencyKey === undefined) return toResult(sent.id, await work.plain(), false)
    const { keepRefusal = false, signal } = options
    const keyed = { key: checkIdempotencyKey(idempotencyKey), command, keepRefusal, signal }
    const once = this.#once
    if (once === undefined) {
      throw new UnsupportedError(
        `A ${this.store.adapter.name} store keeps events only. Idempotency keys need one that keeps documents, such as ` +
          'openMemory, openSqlite or openPostgres give.',
      )
    }
    const { result, repeated } = await work.once(once, keyed)
    this.#forgetSometimes(once)
    const events = repeated ? await this.#readEvents(result) : undefined
    return toResult(result.id, { result, events: events ?? work.events() }, repeated)
  }

  /** Parses the input and asks whether it is allowed. What is left to do depends on the kind of the target. */
  async #prepare(
    route: CommandRoute<Transaction>,
    sent: SentCommand,
    { options, held }: { readonly options: SendOptions; readonly held: ReadonlySet<string> },
  ): Promise<CommandWork<Transaction>> {
    const { expected, signal } = options
    const turn = turnOf(sent.command)
    // Whoever sends a command to what it is itself carrying out would wait for its own end.
    const inTurn: InTurn = (work) =>
      turn === undefined || held.has(turn) ? work() : this.#turns.take(turn, work, signal)
    if (route.kind === 'aggregate') {
      const planned = route.plan(sent.command)
      const input = await planned.parseInput()
      await this.#options.authorise?.(sent, input)
      return aggregateWork(sent, { ...planned, parseInput: () => input }, { expected, signal, inTurn })
    }
    const input = await parseInput(route.schema, sent.command)
    await this.#options.authorise?.(sent, input)
    const context = this.#contextOf(sent, options, turn === undefined ? held : new Set([...held, turn]))
    return serviceWork(sent, () => route.handle(input, context), { result: route.result, inTurn })
  }

  #contextOf(sent: SentCommand, options: SendOptions, held: ReadonlySet<string>): ServiceContext {
    const { id, command, metadata, idempotencyKey = id } = sent
    const { clock, newId } = this.store
    const { signal = new AbortController().signal } = options
    const following: EventMetadata = { ...metadata, causationId: id }
    // What follows from another command is caused by that.
    const { causationId: _, ...handedOn } = metadata
    return {
      id,
      to: command.to,
      idempotencyKey,
      metadata: following,
      signal,
      clock,
      newId,
      send: (next, nextOptions = {}) =>
        this.#send(
          next,
          { signal, ...nextOptions, metadata: { ...handedOn, ...nextOptions.metadata } },
          held,
        ),
    }
  }

  async #readEvents({ stream, version = 0, events }: StoredResult): Promise<readonly NewEvent[]> {
    if (stream === undefined || events === 0) return []
    const recorded = await this.store.readStream(stream, { from: version - events + 1, to: version })
    return recorded.map(({ id, type, data, metadata, tags }) => ({ id, type, data, metadata, tags }))
  }

  /** Off the way of the command, and of no consequence where it fails. */
  #forgetSometimes(once: OncePerKey<Transaction>): void {
    if (performance.now() - this.#forgotAt < forgetInterval) return
    this.#forgotAt = performance.now()
    once.forgetExpired().catch(() => {})
  }
}

function toResult(
  id: string,
  { result, events }: { readonly result: StoredResult; readonly events: readonly NewEvent[] },
  repeated: boolean,
): CommandResult {
  const { stream, version, position, value } = result
  return { id, stream, version, position, events, value, repeated }
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
