import { checkCount } from '../check-count.ts'
import { positionOfKey, slowestPosition } from '../consumer/partition-positions.ts'
import { sliceCount, sliceOf } from '../consumer/slices.ts'
import { documentsIn } from '../store/documents-in.ts'
import type { DocumentStorage } from './document-storage.ts'
import { generationName } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { RebuildCancelledError } from './projection-errors.ts'
import { RecomputedDocuments } from './recomputed-documents.ts'
import { sameValue } from './same-value.ts'

/** Which documents are checked. Exactly one of the three. */
export type CheckSelection =
  | { readonly keys: readonly string[] }
  /** As many keys, of events at random places of the log. */
  | { readonly sample: number }
  | { readonly all: true }

export type CheckOptions = CheckSelection & {
  /** Most documents in memory at once; with `all` the log is read several times where there are more. Default 10,000. */
  readonly maxDocuments?: number
  /** Ends the check; it rejects with the reason. */
  readonly signal?: AbortSignal
}

/** A document that is not what the events say. Undefined stands for none. */
export interface DocumentDifference<Document> {
  readonly key: string
  readonly stored: Document | undefined
  readonly expected: Document | undefined
}

export interface CheckReport<Document> {
  /** How many keys were compared. */
  readonly checked: number
  /** Every difference. */
  readonly differences: readonly DocumentDifference<Document>[]
  /** Keys that were left out because events of theirs are parked. */
  readonly held: readonly string[]
}

const chunkSize = 200

/** Recomputes documents from the events, and compares them with what is stored, while events go on being applied. */
export class DocumentCheck<Document, Transaction> {
  readonly #generations: Generations<Transaction>
  readonly #storage: DocumentStorage<Transaction>
  readonly #generation: number
  readonly #signal: AbortSignal | undefined
  readonly #differences: DocumentDifference<Document>[] = []
  readonly #held: string[] = []
  #checked = 0

  constructor(
    generations: Generations<Transaction>,
    storage: DocumentStorage<Transaction>,
    generation: number,
    signal: AbortSignal | undefined,
  ) {
    this.#generations = generations
    this.#storage = storage
    this.#generation = generation
    this.#signal = signal
  }

  /** @throws RebuildCancelledError another generation serves by now */
  async run(options: CheckOptions, random: () => number): Promise<CheckReport<Document>> {
    if ('keys' in options) await this.#checkKeys(new Set(options.keys))
    else if ('sample' in options) await this.#checkKeys(await this.#sample(options.sample, random))
    else await this.#checkAll(checkCount(options.maxDocuments ?? 10_000, 'maxDocuments', 1))
    return { checked: this.#checked, differences: this.#differences, held: this.#held }
  }

  async #checkKeys(keys: ReadonlySet<string>): Promise<void> {
    const recomputed = new RecomputedDocuments(this.#generations, this.#storage.fold, (key) => keys.has(key))
    await this.#compare(recomputed, [...keys])
  }

  /** Slices by slices, as many at a time as fit into memory. */
  async #checkAll(maxDocuments: number): Promise<void> {
    let to = sliceCount
    for (let from = 0; from < sliceCount; from = to) {
      to = sliceCount
      const isWanted = (key: string) => sliceOf(key) >= from && sliceOf(key) < to
      const recomputed = new RecomputedDocuments(this.#generations, this.#storage.fold, isWanted)
      const { documents } = recomputed
      const shrink = () => {
        this.#signal?.throwIfAborted()
        while (documents.size > maxDocuments && to - from > 1) {
          to = from + Math.ceil((to - from) / 2)
          for (const key of documents.keys()) if (!isWanted(key)) documents.delete(key)
        }
      }
      await recomputed.advance(await this.#position(), shrink)
      const keys = new Set(documents.keys())
      for await (const key of this.#storedKeys()) if (isWanted(key)) keys.add(key)
      await this.#compare(recomputed, [...keys])
    }
  }

  async #compare(recomputed: RecomputedDocuments<Transaction>, keys: readonly string[]): Promise<void> {
    for (let index = 0; index < keys.length; index += chunkSize) {
      this.#signal?.throwIfAborted()
      await recomputed.advance(await this.#position())
      await this.#compareChunk(recomputed, keys.slice(index, index + chunkSize))
    }
  }

  /** The checkpoint is locked, so what is stored is as of its position, and so is what it is compared with. */
  async #compareChunk(recomputed: RecomputedDocuments<Transaction>, keys: readonly string[]): Promise<void> {
    const { documents, store } = this.#generations
    const collection = generationName(this.#storage.name, this.#generation)
    const consumer = this.#generations.consumer(this.#generation)
    await this.#generations.change(async (before, transaction) => {
      const record = before as NonNullable<typeof before>
      if (record.current.number !== this.#generation) throw new RebuildCancelledError(this.#storage.name)
      const [locked = []] = await this.#generations.lockPartitions([this.#generation], transaction)
      const partitions = locked.map(({ state }) => state)
      const positions = new Map(keys.map((key) => [key, positionOfKey(partitions, key)] as const))
      const expected = await recomputed.at(positions)
      const references = keys.flatMap((key) => [
        { collection, key },
        { collection: consumer.held, key },
      ])
      const texts = await documents.read(references, { transaction })
      for (const [index, key] of keys.entries()) {
        const [text, held] = texts.slice(index * 2, index * 2 + 2)
        if (held !== undefined) {
          this.#held.push(key)
          continue
        }
        this.#checked++
        const stored = text === undefined ? undefined : store.codec.decode(text)
        const wanted = expected.get(key)
        if (sameValue(stored, wanted)) continue
        this.#differences.push({ key, stored: stored as Document, expected: wanted as Document })
      }
      return record
    })
  }

  async #position(): Promise<number> {
    return slowestPosition(await this.#generations.readPartitions(this.#generation))
  }

  async *#storedKeys(): AsyncGenerator<string, void, undefined> {
    const collection = generationName(this.#storage.name, this.#generation)
    for await (const { key } of documentsIn(this.#generations.documents, collection)) yield key
  }

  async #sample(count: number, random: () => number): Promise<ReadonlySet<string>> {
    checkCount(count, 'sample', 1)
    const { store } = this.#generations
    const end = await this.#position()
    const keys = new Set<string>()
    for (let drawn = 0; drawn < count && end > 0; drawn++) {
      const { events } = await store.adapter.readLog(
        store.widened({
          after: Math.floor(random() * end),
          before: end + 1,
          backwards: false,
          limit: 1,
          filter: this.#storage.filter,
        }),
      )
      const [row] = events
      if (row === undefined) continue
      const own = store.decoder.events(row).flatMap((event) => this.#storage.keysOf(event))
      const key = own[Math.floor(random() * own.length)]
      if (key !== undefined) keys.add(key)
    }
    return keys
  }
}
