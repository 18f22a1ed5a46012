import { InvalidInputError, UnreadableEventError, VersionNotFoundError } from '../errors.ts'
import type { EventMetadata, RecordedEvent } from '../event/event.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import type { FoldRow, StoredEvent } from '../event/stored-event.ts'
import { streamId } from '../event/stream-id.ts'
import { validate } from '../event/validate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamQuery } from '../store/store-adapter.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas, NewEventOf } from './aggregate.ts'
import type { ExecuteOptions } from './execute-all.ts'
import { executeOne } from './execute-one.ts'
import { evolveState, startState, validateEventData } from './fold.ts'
import type { Executed, Loaded } from './loaded.ts'
import type { PlannedCommand } from './planned-command.ts'

export interface RepositoryOptions<Services = unknown> {
  /** Handed to every `decide` as `context.services`. Required where the definition names a type for it. */
  readonly services?: Services
  /** Checks stored data against the schemas of the events when it is read as well. Default false. */
  readonly validateOnRead?: boolean
  /** How often a command decides in all, before a conflict is given to the caller. Default 10. */
  readonly maxAttempts?: number
}

export interface LoadOptions<Schemas extends EventSchemas = EventSchemas, Transaction = unknown> {
  /** The state as of this version. */
  readonly version?: number
  /** The state as of this time, by the clock that recorded the events. */
  readonly at?: Date
  /** Folds up to, and without, the first event for which this is false: for times that your data carries. */
  readonly while?: (event: PastEvent<Schemas>) => boolean
  /** Reads inside an open transaction. */
  readonly transaction?: Transaction
}

/** What `while` sees of an event. */
export type PastEvent<Schemas extends EventSchemas = EventSchemas> = {
  [Type in keyof Schemas & string]: Pick<
    RecordedEvent<Type, SchemaOutput<Schemas[Type]>>,
    'type' | 'data' | 'version' | 'recordedAt'
  >
}[keyof Schemas & string]

/** Arguments for a command's input: none where the schema accepts undefined. */
export type InputArguments<Schema extends StandardSchema, Options> =
  undefined extends SchemaInput<Schema>
    ? [input?: SchemaInput<Schema>, options?: Options]
    : [input: SchemaInput<Schema>, options?: Options]

/** Events of one round trip: beyond the thousand that people like to choose as a limit of their own. */
const pageSize = 1024

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
  readonly #services: Services
  readonly #validateOnRead: boolean
  readonly #evolve: ReadonlyMap<string, (state: State, data: unknown) => State>

  constructor(
    definition: AggregateDefinition<Schemas, State, Commands, Services, Category>,
    store: EventStore<Transaction>,
    options: RepositoryOptions<Services>,
  ) {
    this.definition = definition
    this.store = store
    this.maxAttempts = options.maxAttempts ?? 10
    this.#services = options.services as Services
    this.#validateOnRead = options.validateOnRead ?? false
    this.#evolve = new Map(Object.entries(definition.evolve))
  }

  /**
   * Folds the stream into its state: now, or as of a version or a time. Reads in pages, so that memory holds one page
   * besides the state. A stream that does not exist gives the initial state at version 0.
   *
   * @throws VersionNotFoundError the fold does not reach `version`
   * @throws UnreadableEventError an event has no `evolve`, or cannot be decoded
   * @throws InvalidInputError `invalid-stream-id`; StoreUnavailableError, StoreClosedError, StoreFailureError
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
    const isSelective = options.at !== undefined || options.while !== undefined || this.#validateOnRead
    let state = startState(this.definition)
    let version = 0
    while (version < to) {
      const limit = Math.min(pageSize, to - version)
      const query = { stream, from: version + 1, to, backwards: false, limit }
      const rows = isSelective
        ? await this.#select(query, options)
        : await this.store.adapter.readFold(query, options.transaction)
      state = this.#fold(state, rows, stream, version)
      version += rows.length
      if (rows.length < limit) break
    }
    if (options.version !== undefined && version < to) throw new VersionNotFoundError(stream, to, version)
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
      throw new InvalidInputError('invalid-command', `Aggregate ${category} has no command ${name}.`)
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
    const events: NewEventOf<Schemas>[] = []
    let next = state
    for (const event of decided) {
      const data = await validateEventData(this.definition, event.type, event.data)
      events.push({ ...event, data } as NewEventOf<Schemas>)
      next = evolveState(this.definition, next, event.type, data)
    }
    return { id, stream, state: next, version: version + events.length, events, appended: undefined }
  }

  /** A function of its own, because a loop in one that awaits runs at half the speed. */
  #fold(start: State, rows: readonly FoldRow[], stream: string, startVersion: number): State {
    const { decoder } = this.store
    let state = start
    let version = startVersion
    for (const row of rows) {
      version++
      const evolve = this.#evolve.get(row.type)
      if (evolve === undefined) {
        const reason = `aggregate ${this.definition.category} has no such event`
        throw new UnreadableEventError({ stream, version, type: row.type }, reason)
      }
      state = evolve(state, row.decoded ?? decoder.data(row, stream, version))
    }
    return state
  }

  /** The events up to where `options` cut them off, with data that was validated if that is asked for. */
  async #select(query: StreamQuery, options: LoadOptions<Schemas, Transaction>): Promise<readonly FoldRow[]> {
    const selected: FoldRow[] = []
    for (const row of await this.store.adapter.readStream(query, options.transaction)) {
      if (options.at !== undefined && row.recordedAt > options.at.getTime()) break
      const stored = this.store.decoder.data(row, row.stream, row.version)
      const decoded = this.#validateOnRead ? await this.#validateRead(row, stored) : stored
      if (options.while?.(toPastEvent(row, decoded)) === false) break
      selected.push({ ...row, decoded })
    }
    return selected
  }

  async #validateRead(row: StoredEvent, data: unknown): Promise<unknown> {
    try {
      return await validateEventData(this.definition, row.type, data)
    } catch (cause) {
      throw new UnreadableEventError(row, 'its data does not fit its schema', { cause })
    }
  }
}

function toPastEvent<Schemas extends EventSchemas>(row: StoredEvent, data: unknown): PastEvent<Schemas> {
  const { type, version, recordedAt } = row
  return { type, version, data, recordedAt: new Date(recordedAt) } as PastEvent<Schemas>
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
 * Makes the repository of one kind of aggregate on one store. Cheap: it holds no connection and no cache.
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
    ? [options?: RepositoryOptions<Services>]
    : [options: RepositoryOptions<Services> & { readonly services: Services }]
): Repository<Schemas, State, Commands, Services, Transaction, Category> {
  return new Repository(definition, store, options ?? {})
}
