import { parsePartition } from '../consumer/partition-state.ts'
import type { RecordedEvent } from '../event/event.ts'
import { categoryOf } from '../event/stream-id.ts'
import type { StreamWrite } from '../store/store-adapter.ts'
import { type GenerationRecord, parseRecord, recordReference } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { applyToPartition, deliveriesOf } from './inline-partition.ts'
import { ProjectionSupersededError } from './projection-errors.ts'

/** Lets the appends of one store carry one read model. */
export class InlineCarrier<Transaction> {
  readonly #generations: Generations<Transaction>
  readonly #types: ReadonlySet<string>
  readonly #categories: ReadonlySet<string>
  /** Appends wait until everything before them has been applied. */
  readonly ready: Promise<void>
  /** It carries the transactions that have begun after this split. */
  readonly since: number
  /** How many read models of this store rely on it. */
  users = 1
  #generation: number

  constructor(
    generations: Generations<Transaction>,
    categories: readonly string[],
    generation: number,
    ready: Promise<void>,
  ) {
    this.#generations = generations
    this.#types = new Set(generations.storage.filter.types)
    this.#categories = new Set(categories)
    this.#generation = generation
    this.ready = ready
    this.since = generations.store.underWay.split()
  }

  get name(): string {
    return this.#generations.name
  }

  get version(): number {
    return this.#generations.storage.version
  }

  /** Whether an append has events that the read model may handle. */
  concerns(writes: readonly StreamWrite[]): boolean {
    return writes.some(({ stream, events }) => {
      return this.#categories.has(categoryOf(stream)) && events.some(({ type }) => this.#types.has(type))
    })
  }

  /**
   * Makes appends that carry the read model wait for each other, so that events are applied in the order of positions,
   * and a switch to another generation wait for them.
   */
  async lock(transaction: Transaction): Promise<LockedCarrier> {
    const { documents, name } = this.#generations
    for (;;) {
      const generation = this.#generation
      const partition = this.#generations.consumer(generation).partition(0)
      const [recordText, text] = await documents.read([recordReference(name), partition], {
        transaction,
        lock: true,
      })
      const record = parseRecord(recordText)
      this.#generation = record?.current.number ?? generation
      if (this.#generation === generation) return { record, generation, text }
    }
  }

  /**
   * Applies events that the transaction has appended.
   *
   * @throws ProjectionSupersededError, and what a handler throws
   */
  async apply(
    { record, generation, text }: LockedCarrier,
    events: readonly RecordedEvent[],
    transaction: Transaction,
  ): Promise<void> {
    // A consumer has taken over, and will find the events in the log.
    if (record?.inline !== true || text === undefined) return
    const { version } = this.#generations.storage
    if (record.current.version !== version) {
      throw new ProjectionSupersededError(this.#generations.name, version, record.current.version)
    }
    const deliveries = deliveriesOf(this.#generations, events)
    const last = deliveries.at(-1)
    if (last === undefined) return
    const partition = { state: parsePartition(text), text }
    await applyToPartition(
      this.#generations,
      generation,
      partition,
      deliveries,
      last.event.position,
      transaction,
    )
  }
}

/** What a carrier has found, and holds. */
export interface LockedCarrier {
  readonly record: GenerationRecord | undefined
  readonly generation: number
  /** Of the one partition. */
  readonly text: string | undefined
}
