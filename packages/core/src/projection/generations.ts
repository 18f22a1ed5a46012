import { ConsumerDocuments } from '../consumer/consumer-documents.ts'
import { slowestPosition } from '../consumer/partition-positions.ts'
import { type PartitionState, parsePartition } from '../consumer/partition-state.ts'
import { isEventfoldError } from '../errors.ts'
import type { DocumentAdapter } from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import {
  type Building,
  type GenerationRecord,
  generationName,
  parseRecord,
  recordReference,
  recordWrite,
  removeConsumer,
} from './generation-record.ts'
import { holdConsumer } from './hold-consumer.ts'
import { ProjectionSupersededError } from './projection-errors.ts'
import type { ProjectionStorage } from './projection-storage.ts'

/** Partitions of one generation, locked. */
export type LockedPartitions = readonly { readonly state: PartitionState; readonly text: string }[]

/** The generations of one read model: which one serves, and which one is being built. */
export class Generations<Transaction> {
  readonly store: EventStore<Transaction>
  readonly storage: ProjectionStorage<Transaction>
  readonly documents: DocumentAdapter<Transaction>

  constructor(
    store: EventStore<Transaction>,
    storage: ProjectionStorage<Transaction>,
    documents: DocumentAdapter<Transaction>,
  ) {
    this.store = store
    this.storage = storage
    this.documents = documents
  }

  get name(): string {
    return this.storage.name
  }

  consumer(generation: number): ConsumerDocuments<Transaction> {
    return new ConsumerDocuments(this.documents, generationName(this.name, generation))
  }

  /** Undefined before the first start anywhere. */
  async read(transaction?: Transaction): Promise<GenerationRecord | undefined> {
    const [text] = await this.documents.read([recordReference(this.name)], { transaction })
    return parseRecord(text)
  }

  /** Changes the record in a transaction that holds it; `work` may run several times. */
  async change(
    work: (record: GenerationRecord | undefined, transaction: Transaction) => Promise<GenerationRecord>,
  ): Promise<GenerationRecord> {
    const reference = recordReference(this.name)
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.store.adapter.transaction(async (transaction) => {
          const [text] = await this.documents.read([reference], { transaction, lock: true })
          const before = parseRecord(text)
          const after = await work(before, transaction)
          if (after !== before) await this.documents.write([recordWrite(this.name, after, text)], transaction)
          return after
        })
      } catch (error) {
        // Another instance created the record at the same time.
        if (!isEventfoldError(error, 'document-conflict')) throw error
        await pauseAfterConflict(attempt)
      }
    }
  }

  /**
   * The record as an instance with this definition needs it: created at the first start, and with a generation being
   * built where the definition has a newer version.
   *
   * @throws ProjectionSupersededError
   */
  async prepare(): Promise<GenerationRecord> {
    const { version } = this.storage
    const record = await this.change(async (before, transaction) => {
      if (before === undefined) return this.#create(transaction)
      const { current, building } = before
      if (current.version > version) throw new ProjectionSupersededError(this.name, version, current.version)
      if (current.version === version) return before
      if (building === null || building.version < version) return this.begin(before, 'upgrade', transaction)
      const isOurs = building.version === version && building.purpose !== 'upgrade'
      return isOurs ? { ...before, building: { ...building, purpose: 'upgrade' } } : before
    })
    await this.removeRetired(record)
    return record
  }

  async #create(transaction: Transaction): Promise<GenerationRecord> {
    const { storage } = this
    await storage.create(1, transaction)
    await storage.publish(1, transaction)
    const current = { number: 1, version: storage.version }
    return { current, building: null, last: 1, inline: false, retired: [] }
  }

  /** A record with a new generation of this definition, in place of one that was being built before. */
  async begin(
    record: GenerationRecord,
    purpose: Building['purpose'],
    transaction: Transaction,
  ): Promise<GenerationRecord> {
    const abandoned = await this.abandon(record, transaction)
    const number = record.last + 1
    await this.storage.create(number, transaction)
    return { ...abandoned, building: { number, version: this.storage.version, purpose }, last: number }
  }

  /** A record without the generation that was being built; whoever works for it is fenced. */
  async abandon(record: GenerationRecord, transaction: Transaction): Promise<GenerationRecord> {
    const { building } = record
    if (building === null) return record
    await removeConsumer(this.consumer(building.number), transaction)
    return { ...record, building: null, retired: [...record.retired, building.number] }
  }

  /** Removes what generations have left behind that serve no more. */
  async removeRetired({ retired }: Pick<GenerationRecord, 'retired'>): Promise<void> {
    if (retired.length === 0) return
    for (const number of retired) await this.removeLeftovers(number)
    await this.change(async (record) => {
      const before = record as GenerationRecord
      return { ...before, retired: before.retired.filter((number) => !retired.includes(number)) }
    })
  }

  async removeLeftovers(generation: number): Promise<void> {
    await removeConsumer(this.consumer(generation))
    await this.storage.remove(generation)
  }

  /** The partitions of generations, locked together with their consumers, so that nobody moves a checkpoint. */
  async lockPartitions(
    generations: readonly number[],
    transaction: Transaction,
  ): Promise<readonly LockedPartitions[]> {
    const consumers = generations.map((generation) => this.consumer(generation))
    const lock = { transaction, lock: true }
    const records = await this.documents.read(
      consumers.map(({ consumer }) => consumer),
      lock,
    )
    const references = consumers.map((consumer, index) => {
      const { partitions = 0 } = JSON.parse(records[index] ?? '{}') as { partitions?: number }
      return Array.from({ length: partitions }, (_, partition) => consumer.partition(partition))
    })
    const texts = [...(await this.documents.read(references.flat(), lock))]
    return references.map(({ length }) => {
      return texts.splice(0, length).flatMap((text) => {
        return text === undefined ? [] : [{ text, state: parsePartition(text) }]
      })
    })
  }

  /** What a consumer of a generation has done so far, read at one moment. */
  async readPartitions(generation: number): Promise<readonly PartitionState[]> {
    return (await this.consumer(generation).allPartitions()).map(({ state }) => state)
  }

  /** Everything up to here is in what serves. */
  async reached(): Promise<number> {
    const record = await this.read()
    return record === undefined ? 0 : slowestPosition(await this.readPartitions(record.current.number))
  }

  /** Gives a read model that appends carried to consumers. */
  async takeFromAppends(): Promise<void> {
    await this.change(async (before, transaction) => {
      const record = before as GenerationRecord
      await holdConsumer(this.consumer(record.current.number), false, transaction)
      return { ...record, inline: false }
    })
  }
}
