import type { ConsumerDocuments } from '../consumer/consumer-documents.ts'
import type { DocumentReference, DocumentWrite } from '../store/document-adapter.ts'

/** One build of a read model. Its consumer and its documents carry its number. */
export interface Generation {
  /** Never used twice for the same read model. */
  readonly number: number
  /** Of the definition that builds it. */
  readonly version: number
}

/** A generation that does not serve yet. */
export interface Building extends Generation {
  /** `upgrade`: by every instance that has its version, to switch by itself. `rebuild`, `dry-run`: by who asks. */
  readonly purpose: 'upgrade' | 'rebuild' | 'dry-run'
}

/** What is stored of a read model as a whole. */
export interface GenerationRecord {
  /** The one that serves. */
  readonly current: Generation
  readonly building: Building | null
  /** The highest number given until now. */
  readonly last: number
  /** Whether appends carry it; else a consumer does. */
  readonly inline: boolean
  /** Numbers of generations whose documents are to be removed. */
  readonly retired: readonly number[]
}

/** Where the record of a read model lies. The name sorts before those of partitions: locks are taken in that order. */
export function recordReference(name: string): DocumentReference {
  return { collection: 'eventfold:generations', key: name }
}

/** The name of the consumer, and of the collection, of a generation. */
export function generationName(name: string, generation: number): string {
  return `${name}#${generation}`
}

export function parseRecord(text: string | undefined): GenerationRecord | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as GenerationRecord)
}

export function recordWrite(
  name: string,
  record: GenerationRecord,
  expected: string | undefined,
): DocumentWrite {
  return { ...recordReference(name), data: JSON.stringify(record), expected: expected ?? null }
}

/** Removes what a consumer remembers. Whoever works for it is fenced by that. */
export async function removeConsumer<Transaction>(
  { adapter, consumer, partitions, instances, held, parked }: ConsumerDocuments<Transaction>,
  transaction?: Transaction,
): Promise<void> {
  await adapter.write([{ ...consumer, data: undefined }], transaction)
  for (const collection of [partitions, instances, held, parked]) await adapter.clear(collection, transaction)
}
