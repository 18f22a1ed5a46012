import type {
  DocumentAdapter,
  DocumentReference,
  DocumentWrite,
  FieldRange,
  FoundDocument,
} from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'
import { type PartitionState, parsePartition } from './partition-state.ts'
import type { Tally } from './tally.ts'

/** What is stored of a consumer as a whole. */
export interface ConsumerRecord {
  readonly partitions: number
  readonly paused: boolean
  /** Raised by whatever the instances should look at. */
  readonly changes: number
  /** Parked events that were given up. */
  readonly discarded: Tally
}

/** What is stored of a running instance. */
export interface InstanceRecord {
  readonly name: string
  /** Until when it counts as alive, by the clock of the database. */
  readonly until: number
}

/** A document as it was read, with the text to compare by. */
export interface Stored<State> {
  readonly key: string
  readonly text: string
  readonly state: State
}

/** Where the documents of one consumer lie. */
export class ConsumerDocuments<Transaction> {
  readonly adapter: DocumentAdapter<Transaction>
  readonly consumer: DocumentReference
  readonly partitions: string
  readonly instances: string
  readonly held: string
  readonly parked: string

  constructor(adapter: DocumentAdapter<Transaction>, name: string) {
    this.adapter = adapter
    this.consumer = { collection: 'eventfold:consumers', key: name }
    this.partitions = `eventfold:partitions/${name}`
    this.instances = `eventfold:instances/${name}`
    this.held = `eventfold:held/${name}`
    this.parked = `eventfold:parked/${name}`
  }

  partition(index: number): DocumentReference {
    return { collection: this.partitions, key: String(index).padStart(4, '0') }
  }

  instance(run: string): DocumentReference {
    return { collection: this.instances, key: run }
  }

  partitionWrite(state: PartitionState, expected: string | null): DocumentWrite & { readonly data: string } {
    return { ...this.partition(state.index), data: JSON.stringify(state), expected }
  }

  async readConsumer(transaction?: Transaction): Promise<Stored<ConsumerRecord> | undefined> {
    const [text] = await this.adapter.read([this.consumer], { transaction, lock: transaction !== undefined })
    if (text === undefined) return undefined
    return { key: this.consumer.key, text, state: JSON.parse(text) as ConsumerRecord }
  }

  async readPartition(index: number): Promise<Stored<PartitionState> | undefined> {
    const reference = this.partition(index)
    const [text] = await this.adapter.read([reference])
    return text === undefined ? undefined : { key: reference.key, text, state: parsePartition(text) }
  }

  /** Those that exist, of so many, locked. */
  async lockPartitions(count: number, transaction: Transaction): Promise<readonly Stored<PartitionState>[]> {
    const references = Array.from({ length: count }, (_, index) => this.partition(index))
    const texts = await this.adapter.read(references, { transaction, lock: true })
    return texts.flatMap((text, index) => {
      const { key } = references[index] as DocumentReference
      return text === undefined ? [] : [{ key, text, state: parsePartition(text) }]
    })
  }

  async allPartitions(): Promise<readonly Stored<PartitionState>[]> {
    return (await this.all(this.partitions)).map(({ key, data }) => {
      return { key, text: data, state: parsePartition(data) }
    })
  }

  async allInstances(): Promise<readonly Stored<InstanceRecord>[]> {
    return (await this.all(this.instances)).map(({ key, data }) => {
      return { key, text: data, state: JSON.parse(data) as InstanceRecord }
    })
  }

  /** A whole collection, or what lies within ranges of fields. */
  async all(collection: string, where: readonly FieldRange[] = []): Promise<readonly FoundDocument[]> {
    const found: FoundDocument[] = []
    for await (const document of documentsIn(this.adapter, collection, { where })) found.push(document)
    return found
  }
}
