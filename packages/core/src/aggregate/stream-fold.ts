import { UnreadableEventError } from '../errors.ts'
import type { FoldRow, StoredEvent } from '../event/stored-event.ts'
import { HistoryRemovedError, StreamArchivedError } from '../maintenance/maintenance-errors.ts'
import { tombstoneType } from '../maintenance/tombstone.ts'
import type { FoldStart } from '../snapshot/fold-start.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamQuery } from '../store/store-adapter.ts'
import type { AggregateDefinition, CommandSchemas, EventSchemas } from './aggregate.ts'
import { startState, validateEventData } from './fold.ts'
import type { LoadOptions, PastEvent } from './load-options.ts'

export interface StreamFoldOptions {
  readonly validateOnRead: boolean
  readonly onUnknownEvent: 'fail' | 'ignore'
  /** Whether what is folded may be kept, and so has to be measured. */
  readonly isKept: boolean
}

/** What a fold came to. */
export interface Folded<State> {
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

/** Folds streams of one kind of aggregate, page by page. */
export class StreamFold<Schemas extends EventSchemas, State, Services, Transaction> {
  readonly #definition: AggregateDefinition<Schemas, State, CommandSchemas, Services>
  readonly #store: EventStore<Transaction>
  readonly #options: StreamFoldOptions
  readonly #evolve: ReadonlyMap<string, (state: State, data: unknown) => State>

  constructor(
    definition: AggregateDefinition<Schemas, State, CommandSchemas, Services>,
    store: EventStore<Transaction>,
    options: StreamFoldOptions,
  ) {
    this.#definition = definition
    this.#store = store
    this.#options = options
    this.#evolve = new Map(Object.entries(definition.evolve))
  }

  fold(
    stream: string,
    start: undefined,
    to: number,
    options?: LoadOptions<Schemas, Transaction>,
    isSelective?: boolean,
  ): Promise<Folded<State>>
  /** Undefined: the stream does not hold the event that `start` stands on. */
  fold(
    stream: string,
    start: FoldStart<State>,
    to: number,
    options: LoadOptions<Schemas, Transaction>,
  ): Promise<Folded<State> | undefined>
  async fold(
    stream: string,
    start: FoldStart<State> | undefined,
    to: number,
    options: LoadOptions<Schemas, Transaction> = {},
    isSelective = false,
  ): Promise<Folded<State> | undefined> {
    let state = start === undefined ? startState(this.#definition) : start.state
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
        : await this.#store.adapter.readFold(query, options.transaction)
      const [first] = read
      const isBehind = first !== undefined && first.version !== from
      if (anchors > 0 && (first === undefined || isBehind || first.id !== start?.anchor)) return undefined
      if (isBehind && version > 0) {
        // They were removed since the last page.
        return start === undefined ? this.fold(stream, start, to, options, isSelective) : undefined
      }
      if (isBehind) version = first.version - 1
      const rows = anchors > 0 ? read.slice(1) : read
      anchors = 0
      state = this.#foldRows(state, rows, stream, version)
      version += rows.length
      last = read.at(-1) ?? last
      if (this.#options.isKept) {
        for (const row of rows) {
          charactersSince += row.data.length
          for (const subject of row.subjects ?? []) subjects.add(subject)
        }
      }
      if (read.length < limit) break
    }
    return { state, version, charactersSince, subjects: [...subjects], last }
  }

  /** A function of its own, because a loop in one that awaits runs at half the speed. */
  #foldRows(start: State, rows: readonly SelectedRow[], stream: string, startVersion: number): State {
    const { decoder } = this.#store
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
    if (this.#options.onUnknownEvent === 'ignore') return (state) => state
    throw new UnreadableEventError(
      { stream, version, type },
      `aggregate ${this.#definition.category} has no such event; add it to the definition, or an upcaster for it`,
    )
  }

  /** The events up to where `options` cut them off, with data that was validated if that is asked for. */
  async #select(
    query: StreamQuery,
    options: LoadOptions<Schemas, Transaction>,
  ): Promise<readonly SelectedRow[]> {
    const selected: SelectedRow[] = []
    const rows = await this.#store.adapter.readStream(query, options.transaction)
    for (const row of rows) {
      if (options.at !== undefined && row.recordedAt > options.at.getTime()) break
      const parts: { readonly type: string; readonly data: unknown }[] = []
      for (const { type, data } of this.#store.decoder.parts(row, row.stream, row.version)) {
        if (!this.#evolve.has(type)) {
          if (type === tombstoneType) throw new StreamArchivedError(row.stream, row.version)
          if (this.#options.onUnknownEvent === 'ignore') continue
        }
        parts.push({
          type,
          data: this.#options.validateOnRead ? await this.#validateRead(row, type, data) : data,
        })
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
      return await validateEventData(this.#definition, type, data)
    } catch (cause) {
      const reason = 'its data does not fit its schema; widen the schema, or add an upcaster'
      throw new UnreadableEventError({ stream, version, type }, reason, { cause })
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
