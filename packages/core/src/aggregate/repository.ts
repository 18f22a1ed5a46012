import { checkCount } from '../check-count.ts'
import { InvalidInputError, UnreadableEventError, VersionNotFoundError } from '../errors.ts'
import type { EventMetadata, RecordedEvent } from '../event/event.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import type { FoldRow, StoredEvent } from '../event/stored-event.ts'
import { streamId } from '../event/stream-id.ts'
import { validate } from '../event/validate.ts'
import { HistoryRemovedError, StreamArchivedError } from '../maintenance/maintenance-errors.ts'
import { tombstoneType } from '../maintenance/tombstone.ts'
import { anchorOf, type FoldStart } from '../snapshot/fold-start.ts'
import { FoldStarts } from '../snapshot/fold-starts.ts'
import type { SnapshotOptions } from '../snapshot/snapshot-options.ts'
import { Snapshots } from '../snapshot/snapshots.ts'
import { StateCache } from '../snapshot/state-cache.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamQuery } from '../store/store-adapter.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas, NewEventOf } from './aggregate.ts'
import type { ExecuteOptions } from './execute-all.ts'
import { executeOne } from './execute-one.ts'
import { evolveState, startState, validateEventData } from './fold.ts'
import type { Executed, Loaded } from './loaded.ts'
import type { PlannedCommand } from './planned-command.ts'

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

/** What a fold came to. */
interface Folded<State> {
  readonly state: State
  readonly version: number
  /** Of data since the last snapshot, where there are snapshots. */
  readonly charactersSince: number
  /** Whose personal data was folded, where there are snapshots. */
  readonly subjects: readonly string[]
  /** The event at `version`; undefined where the stream has none. */
  readonly last: FoldRow | undefined
}

/** A row with what is to be folded of it, where that is known already. */
interface SelectedRow extends FoldRow {
  readonly parts?: readonly { readonly type: string; readonly data: unknown }[]
}

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
  /** Where the option `snapshots` asks for them. */
  readonly snapshots: Snapshots<State, Transaction> | undefined
  readonly #starts: FoldStarts<State, Transaction> | undefined
  readonly #services: Services
  readonly #validateOnRead: boolean
  readonly #onUnknownEvent: 'fail' | 'ignore'
  readonly #evolve: ReadonlyMap<string, (state: State, data: unknown) => State>

  constructor(
    definition: AggregateDefinition<Schemas, State, Commands, Services, Category>,
    store: EventStore<Transaction>,
    options: RepositoryOptions<Services, State>,
  ) {
    this.definition = definition
    this.store = store
    this.maxAttempts = options.maxAttempts ?? 10
    this.#services = options.services as Services
    this.#validateOnRead = options.validateOnRead ?? false
    this.#onUnknownEvent = options.onUnknownEvent ?? 'fail'
    this.#evolve = new Map(Object.entries(definition.evolve))
    this.snapshots =
      options.snapshots === undefined
        ? undefined
        : new Snapshots(store, definition, options.snapshots, async (id, version) => {
            return (await this.#foldStream(streamId(definition.category, id), undefined, version)).state
          })
    const cacheSize = checkCount(options.cache ?? 0, 'cache', 0)
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
    const { state, version } =
      this.#starts === undefined || isSelective || to === 0
        ? await this.#foldStream(stream, undefined, to, options, isSelective)
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
    if (found.start !== undefined && !(await this.#isForgotten(found.start.subjects))) {
      folded = await this.#foldStream(stream, found.start, to, options)
      if (folded === undefined) mark = starts.refute(id, found)
    } else if (found.start !== undefined) {
      mark = { version: 0, refuted: found.text }
    }
    folded ??= await this.#foldStream(stream, undefined, to, options)
    const { last } = folded
    const isLatest = options.version === undefined && options.transaction === undefined
    if (isLatest && last !== undefined) starts.keep(id, { ...folded, anchor: anchorOf(last), snapshot: mark })
    return folded
  }

  /** Whether a state knows of somebody what must not be known any more. */
  async #isForgotten(subjects: readonly string[]): Promise<boolean> {
    const { personal } = this.store
    if (personal === undefined || subjects.length === 0) return false
    await personal.ring.prepare(subjects)
    return subjects.some((subject) => personal.ring.isLost(subject))
  }

  #foldStream(
    stream: string,
    start: undefined,
    to: number,
    options?: LoadOptions<Schemas, Transaction>,
    isSelective?: boolean,
  ): Promise<Folded<State>>
  /** Undefined: the stream does not hold the event that `start` stands on. */
  #foldStream(
    stream: string,
    start: FoldStart<State>,
    to: number,
    options: LoadOptions<Schemas, Transaction>,
  ): Promise<Folded<State> | undefined>
  async #foldStream(
    stream: string,
    start: FoldStart<State> | undefined,
    to: number,
    options: LoadOptions<Schemas, Transaction> = {},
    isSelective = false,
  ): Promise<Folded<State> | undefined> {
    let state = start === undefined ? startState(this.definition) : start.state
    let version = start === undefined ? 0 : start.version
    let charactersSince = start === undefined ? 0 : start.charactersSince
    const subjects = new Set(start?.subjects)
    let last: FoldRow | undefined
    // The event of the start is read again.
    let anchors = start === undefined ? 0 : 1
    while (version < to || anchors > 0) {
      const from = version + 1 - anchors
      const limit = Math.min(pageSize, to - from + 1)
      const query = { stream, from, to, backwards: false, limit }
      const read = isSelective
        ? await this.#select(query, options)
        : await this.store.adapter.readFold(query, options.transaction)
      const [first] = read
      const isBehind = first !== undefined && first.version !== from
      if (anchors > 0 && (first === undefined || isBehind || anchorOf(first) !== start?.anchor))
        return undefined
      if (isBehind && version > 0) {
        // They were removed since the last page.
        return start === undefined ? this.#foldStream(stream, start, to, options, isSelective) : undefined
      }
      if (isBehind) version = first.version - 1
      const rows = anchors > 0 ? read.slice(1) : read
      anchors = 0
      state = this.#fold(state, rows, stream, version)
      version += rows.length
      last = read.at(-1) ?? last
      if (this.#starts !== undefined) {
        for (const row of rows) {
          charactersSince += row.data.length
          for (const subject of row.subjects ?? []) subjects.add(subject)
        }
      }
      if (read.length < limit) break
    }
    return { state, version, charactersSince, subjects: [...subjects], last }
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

  /** A function of its own, because a loop in one that awaits runs at half the speed. */
  #fold(start: State, rows: readonly SelectedRow[], stream: string, startVersion: number): State {
    const { decoder } = this.store
    let state = start
    let version = startVersion
    for (const row of rows) {
      version++
      if (row.parts === undefined && decoder.isCurrent(row)) {
        const evolve = this.#evolve.get(row.type) ?? this.#evolveUnknown(row.type, stream, version)
        state = evolve(state, row.decoded ?? decoder.data(row, stream, version))
        continue
      }
      for (const { type, data } of row.parts ?? decoder.parts(row, stream, version)) {
        const evolve = this.#evolve.get(type) ?? this.#evolveUnknown(type, stream, version)
        state = evolve(state, data)
      }
    }
    return state
  }

  #evolveUnknown(type: string, stream: string, version: number): (state: State) => State {
    if (type === tombstoneType) throw new StreamArchivedError(stream, version)
    if (this.#onUnknownEvent === 'ignore') return (state) => state
    throw new UnreadableEventError(
      { stream, version, type },
      `aggregate ${this.definition.category} has no such event; add it to the definition, or an upcaster for it`,
    )
  }

  /** The events up to where `options` cut them off, with data that was validated if that is asked for. */
  async #select(
    query: StreamQuery,
    options: LoadOptions<Schemas, Transaction>,
  ): Promise<readonly SelectedRow[]> {
    const selected: SelectedRow[] = []
    const rows = await this.store.adapter.readStream(query, options.transaction)
    for (const row of rows) {
      if (options.at !== undefined && row.recordedAt > options.at.getTime()) break
      const parts: { readonly type: string; readonly data: unknown }[] = []
      for (const { type, data } of this.store.decoder.parts(row, row.stream, row.version)) {
        if (!this.#evolve.has(type)) {
          if (type === tombstoneType) throw new StreamArchivedError(row.stream, row.version)
          if (this.#onUnknownEvent === 'ignore') continue
        }
        parts.push({ type, data: this.#validateOnRead ? await this.#validateRead(row, type, data) : data })
      }
      if (parts.some(({ type, data }) => options.while?.(toPastEvent(row, type, data)) === false)) break
      selected.push({ ...row, parts })
    }
    const [first] = rows
    if (query.from === 1 && selected.length === 0 && first !== undefined && first.version > 1) {
      throw new HistoryRemovedError(query.stream, first.version)
    }
    return selected
  }

  async #validateRead({ stream, version }: StoredEvent, type: string, data: unknown): Promise<unknown> {
    try {
      return await validateEventData(this.definition, type, data)
    } catch (cause) {
      throw new UnreadableEventError({ stream, version, type }, 'its data does not fit its schema', { cause })
    }
  }
}

function toPastEvent<Schemas extends EventSchemas>(
  { version, recordedAt }: StoredEvent,
  type: string,
  data: unknown,
): PastEvent<Schemas> {
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
