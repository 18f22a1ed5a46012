import { checkCount } from '../check-count.ts'
import { InvalidInputError, VersionNotFoundError } from '../errors.ts'
import type { EventMetadata } from '../event/event.ts'
import type { SchemaInput, StandardSchema } from '../event/standard-schema.ts'
import { streamId } from '../event/stream-id.ts'
import { validate } from '../event/validate.ts'
import { HistoryRemovedError } from '../maintenance/maintenance-errors.ts'
import { FoldStarts } from '../snapshot/fold-starts.ts'
import type { SnapshotOptions } from '../snapshot/snapshot-options.ts'
import { Snapshots } from '../snapshot/snapshots.ts'
import { StateCache } from '../snapshot/state-cache.ts'
import type { EventStore } from '../store/event-store.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas, NewEventOf } from './aggregate.ts'
import type { ExecuteOptions } from './execute-all.ts'
import { executeOne } from './execute-one.ts'
import { evolveState, validateEventData } from './fold.ts'
import type { LoadOptions } from './load-options.ts'
import type { Executed, Loaded } from './loaded.ts'
import type { PlannedCommand } from './planned-command.ts'
import { type Folded, StreamFold } from './stream-fold.ts'

export interface RepositoryOptions<Services = unknown, State = unknown> {
  /** Handed to every `decide` as `context.services`. Required where the definition names a type for it. */
  readonly services?: Services
  /** Checks stored data against the schemas of the events when it is read as well. Default false. */
  readonly validateOnRead?: boolean
  /**
   * What a load does with an event that the definition does not have. Default `'fail'`, with `UnreadableEventError`:
   * mostly it was written by newer code.
   */
  readonly onUnknownEvent?: 'fail' | 'ignore'
  /** How often a command decides in all, before a conflict is given to the caller. Default 10. */
  readonly maxAttempts?: number
  /**
   * Loads begin at snapshots of the state, where there are some, and take new ones. They change no result. The state
   * has to be JSON, or `toJson` and `fromJson` are given. Default: none.
   */
  readonly snapshots?: SnapshotOptions<State>
  /**
   * How many states the process keeps in mind, those that were used last: their loads read only the events that came
   * since. States are frozen then, so `evolve` has to return new ones. Default 0.
   */
  readonly cache?: number
}

/** Arguments for a command's input: none where the schema accepts undefined. */
export type InputArguments<Schema extends StandardSchema, Options> =
  undefined extends SchemaInput<Schema>
    ? [input?: SchemaInput<Schema>, options?: Options]
    : [input: SchemaInput<Schema>, options?: Options]

/** Loads, executes and saves one kind of aggregate on one store. Made by {@link repository}. */
export class Repository<
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas,
  Services,
  Transaction,
  Category extends string = string,
> {
  readonly definition: AggregateDefinition<Schemas, State, Commands, Services, Category>
  readonly store: EventStore<Transaction>
  readonly maxAttempts: number
  /** Where the option `snapshots` asks for them. */
  readonly snapshots: Snapshots<State, Transaction> | undefined
  readonly #starts: FoldStarts<State, Transaction> | undefined
  readonly #services: Services
  readonly #validateOnRead: boolean
  readonly #fold: StreamFold<Schemas, State, Services, Transaction>

  constructor(
    definition: AggregateDefinition<Schemas, State, Commands, Services, Category>,
    store: EventStore<Transaction>,
    options: RepositoryOptions<Services, State>,
  ) {
    this.definition = definition
    this.store = store
    this.maxAttempts = checkCount(options.maxAttempts ?? 10, 'maxAttempts', 1)
    this.#services = options.services as Services
    this.#validateOnRead = options.validateOnRead ?? false
    const cacheSize = checkCount(options.cache ?? 0, 'cache', 0)
    this.#fold = new StreamFold(definition, store, {
      validateOnRead: this.#validateOnRead,
      onUnknownEvent: options.onUnknownEvent ?? 'fail',
      isKept: options.snapshots !== undefined || cacheSize > 0,
    })
    this.snapshots =
      options.snapshots === undefined
        ? undefined
        : new Snapshots(store, definition, options.snapshots, async (id, version) => {
            return (await this.#fold.fold(streamId(definition.category, id), undefined, version)).state
          })
    const cache = cacheSize === 0 ? undefined : new StateCache<State>(cacheSize)
    this.#starts =
      this.snapshots === undefined && cache === undefined ? undefined : new FoldStarts(this.snapshots, cache)
  }

  /**
   * Folds the stream into its state: now, or as of a version or a time. Reads in pages, so that memory holds one page
   * besides the state. A stream that does not exist gives the initial state at version 0. Where events were removed, the
   * fold begins at the first that is left.
   *
   * With snapshots or a cache it reads what came after them, and the event before; as of a time, and with `while` and
   * `validateOnRead`, it folds all events nevertheless.
   *
   * @throws VersionNotFoundError the fold does not reach `version`
   * @throws HistoryRemovedError what was asked for lies before the first event that is left
   * @throws StreamArchivedError all that is left is a tombstone that the definition does not have
   * @throws UnreadableEventError an event has no `evolve`, or cannot be decoded
   * @throws InvalidInputError `invalid-stream-id`, `invalid-option`
   * @throws StoreUnavailableError, StoreClosedError, StoreFailureError
   * @example
   * const { state, version } = await accounts.load('42')
   * const before = await accounts.load('42', { at: new Date('2026-01-01') })
   */
  async load(id: string, options: LoadOptions<Schemas, Transaction> = {}): Promise<Loaded<State>> {
    const stream = streamId(this.definition.category, id)
    const to = options.version ?? Number.MAX_SAFE_INTEGER
    if (!Number.isSafeInteger(to) || to < 0) {
      throw new InvalidInputError(
        'invalid-option',
        `Version ${String(to)} cannot be: use a whole number from 0.`,
      )
    }
    if (options.at !== undefined && !isTime(options.at)) {
      throw new InvalidInputError(
        'invalid-option',
        `at is ${String(options.at)}; it must be a Date with a valid time.`,
      )
    }
    const isSelective = options.at !== undefined || options.while !== undefined || this.#validateOnRead
    const { state, version } =
      this.#starts === undefined || isSelective || to === 0
        ? await this.#fold.fold(stream, undefined, to, options, isSelective)
        : await this.#foldFromStart(this.#starts, id, stream, to, options)
    if (options.version !== undefined && version < to) await this.#refuseVersion(stream, to, version, options)
    return { id, stream, state, version }
  }

  /**
   * Executes a command: loads, decides, appends what was decided if the stream is still where it was loaded. On a
   * conflict it does so again, on fresh state. A stream that does not exist is created by its first events.
   *
   * @throws what `decide` throws, as it is
   * @throws InvalidInputError `invalid-command` (the input), `invalid-event` (what was decided), with the schema's issues
   * @throws ConcurrencyError still a conflict after all attempts, or not at the version that `expected` asks for
   * @throws the errors of {@link load} and `EventStore.append`
   * @example
   * const { state, events } = await accounts.execute('42', 'withdraw', { cents: 500 })
   */
  async execute<Name extends keyof Commands & string>(
    id: string,
    command: Name,
    ...[input, options]: InputArguments<Commands[Name], ExecuteOptions<Transaction>>
  ): Promise<Executed<State, NewEventOf<Schemas>>> {
    const planned = this.#plan(id, command, input)
    return executeOne(planned, await planned.parseInput(), options)
  }

  /**
   * A command for `executeAll`, which executes several atomically. It does nothing by itself.
   *
   * @example
   * await executeAll([accounts.command('1', 'withdraw', { cents }), accounts.command('2', 'deposit', { cents })])
   */
  command<Name extends keyof Commands & string>(
    id: string,
    command: Name,
    ...[input]: InputArguments<Commands[Name], never>
  ): PlannedCommand<Executed<State, NewEventOf<Schemas>>, Transaction> {
    return this.#plan(id, command, input)
  }

  #plan(
    id: string,
    name: string,
    input: unknown,
  ): PlannedCommand<Executed<State, NewEventOf<Schemas>>, Transaction> {
    const { category, commands } = this.definition
    const schema = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (schema === undefined) {
      const known = Object.keys(commands).join(', ') || 'none'
      throw new InvalidInputError(
        'invalid-command',
        `Aggregate ${category} has no command ${name}. It has ${known}.`,
      )
    }
    return {
      store: this.store,
      stream: streamId(category, id),
      maxAttempts: this.maxAttempts,
      definition: this.definition,
      parseInput: () => validate(schema, input, 'invalid-command', `input of ${category} command ${name}`),
      load: (transaction) => this.load(id, transaction === undefined ? {} : { transaction }),
      decide: (loaded, parsed, metadata) => this.#decide(loaded as Loaded<State>, name, parsed, metadata),
    }
  }

  async #decide(
    { id, stream, state, version }: Loaded<State>,
    name: keyof Commands & string,
    input: unknown,
    metadata: EventMetadata,
  ): Promise<Executed<State, NewEventOf<Schemas>>> {
    const { clock, newId } = this.store
    const context = { id, stream, version, clock, newId, metadata, services: this.#services }
    const decided = await this.definition.decide[name](state, input as never, context)
    if (!Array.isArray(decided)) {
      throw new InvalidInputError(
        'invalid-event',
        `Command ${name} of ${this.definition.category} decided ${typeof decided}, not an array of events. ` +
          'Return [] where nothing happens.',
      )
    }
    const events: NewEventOf<Schemas>[] = []
    let next = state
    for (const event of decided) {
      const data = await validateEventData(this.definition, event.type, event.data)
      events.push({ ...event, data } as NewEventOf<Schemas>)
      next = evolveState(this.definition, next, event.type, data)
    }
    return { id, stream, state: next, version: version + events.length, events, appended: undefined }
  }

  /** Snapshots, and states that are kept in mind, are believed only where the stream holds their last event still. */
  async #foldFromStart(
    starts: FoldStarts<State, Transaction>,
    id: string,
    stream: string,
    to: number,
    options: LoadOptions<Schemas, Transaction>,
  ): Promise<Folded<State>> {
    const found = await starts.find(id, to, options.transaction)
    let mark = found.snapshot
    let folded: Folded<State> | undefined
    if (found.start !== undefined) {
      const { personal } = this.store
      const isForgotten = personal !== undefined && (await personal.hasForgotten(found.start.subjects))
      if (isForgotten) mark = { version: 0, refuted: found.text }
      else {
        folded = await this.#fold.fold(stream, found.start, to, options)
        if (folded === undefined) mark = starts.refute(id, found)
      }
    }
    folded ??= await this.#fold.fold(stream, undefined, to, options)
    const { last } = folded
    const isLatest = options.version === undefined && options.transaction === undefined
    if (isLatest && last !== undefined) starts.keep(id, { ...folded, anchor: last.id, snapshot: mark })
    return folded
  }

  async #refuseVersion(
    stream: string,
    wanted: number,
    actual: number,
    { transaction }: LoadOptions<Schemas, Transaction>,
  ): Promise<never> {
    const info = await this.store.adapter.streamInfo(stream, transaction)
    if (info !== undefined && wanted < info.firstVersion)
      throw new HistoryRemovedError(stream, info.firstVersion)
    throw new VersionNotFoundError(stream, wanted, actual)
  }
}

function isTime(at: Date): boolean {
  return typeof at.getTime === 'function' && !Number.isNaN(at.getTime())
}

/**
 * The type of a repository of a definition, for parameters and fields.
 *
 * @example
 * async function interest(accounts: RepositoryOf<typeof Account>) {}
 */
export type RepositoryOf<Definition, Transaction = unknown> =
  Definition extends AggregateDefinition<
    infer Schemas,
    infer State,
    infer Commands,
    infer Services,
    infer Category
  >
    ? Repository<Schemas, State, Commands, Services, Transaction, Category>
    : never

/**
 * Makes the repository of one kind of aggregate on one store. Cheap: it holds no connection, and no state unless
 * `cache` asks for it.
 *
 * @example
 * const accounts = repository(Account, store)
 * await accounts.execute('42', 'open', { owner: 'Ada' })
 */
export function repository<
  Schemas extends EventSchemas,
  State,
  Commands extends CommandSchemas,
  Services,
  Transaction,
  Category extends string,
>(
  definition: AggregateDefinition<Schemas, State, Commands, Services, Category>,
  store: EventStore<Transaction>,
  ...[options]: unknown extends Services
    ? [options?: RepositoryOptions<Services, NoInfer<State>>]
    : [options: RepositoryOptions<Services, NoInfer<State>> & { readonly services: Services }]
): Repository<Schemas, State, Commands, Services, Transaction, Category> {
  return new Repository(definition, store, options ?? {})
}
