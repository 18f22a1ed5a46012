import { positionOfKey } from '../consumer/partition-positions.ts'
import { compareTexts } from '../event/text-order.ts'
import type { FoundDocument } from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'
import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import type { DocumentStorage } from './document-storage.ts'
import { generationName } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { foldBetween } from './recomputed-documents.ts'
import { sameValue } from './same-value.ts'
import { scanDeliveries } from './scan-deliveries.ts'
import { buildingOf } from './switch-generation.ts'

/** A document that a rebuild changes. Undefined stands for none. */
export interface RebuildDifference<Document> {
  readonly key: string
  readonly current: Document | undefined
  readonly rebuilt: Document | undefined
}

/** What a rebuild would change. */
export interface DryRunReport<Difference> {
  readonly same: number
  readonly different: number
  /** The first of them, up to `maxDifferences`. */
  readonly differences: readonly Difference[]
  /** How many could not be compared at one position, because what serves is too far behind. */
  readonly unsettled: number
}

/** Up to where a key has been processed. */
type Place = (key: string) => number

const chunkSize = 200
/** Longest piece of the log that is read while both generations are locked, in positions. */
const longestGap = 5_000
const maxAttempts = 20

/**
 * Compares the documents of two generations, key by key, while both go on: a first look tells which differ; those are
 * then compared at one position, while both checkpoints are locked.
 */
export class DocumentComparison<Document, Transaction> {
  readonly #generations: Generations<Transaction>
  readonly #storage: DocumentStorage<Transaction>
  readonly #generation: number
  readonly #maxDifferences: number
  readonly #differences: RebuildDifference<Document>[] = []
  #same = 0
  #different = 0

  constructor(
    generations: Generations<Transaction>,
    storage: DocumentStorage<Transaction>,
    generation: number,
    maxDifferences: number,
  ) {
    this.#generations = generations
    this.#storage = storage
    this.#generation = generation
    this.#maxDifferences = maxDifferences
  }

  /** @param catchUp lets the new generation reach the end of the log */
  async run(catchUp: () => Promise<void>): Promise<DryRunReport<RebuildDifference<Document>>> {
    let open: string[] = []
    let unsettled = 0
    for await (const key of this.#candidates()) {
      open.push(key)
      if (open.length === chunkSize) {
        unsettled += (await this.#settle(open, catchUp)).length
        open = []
      }
    }
    unsettled += (await this.#settle(open, catchUp)).length
    return { same: this.#same, different: this.#different, differences: this.#differences, unsettled }
  }

  /** What is left when no further attempt is worth it. */
  async #settle(keys: readonly string[], catchUp: () => Promise<void>): Promise<readonly string[]> {
    let open = keys
    const backOff = new BackOff(1, 50)
    for (let attempt = 0; attempt < maxAttempts && open.length > 0; attempt++) {
      if (attempt > 0) {
        await sleep(backOff.next())
        await catchUp()
      }
      open = await this.#compareChunk(open)
    }
    return open
  }

  /** Resolves with those that could not be compared this time. */
  async #compareChunk(keys: readonly string[]): Promise<readonly string[]> {
    const { documents, store } = this.#generations
    let open: readonly string[] = []
    let results: readonly RebuildDifference<unknown>[] = []
    await this.#generations.change(async (before, transaction) => {
      const { record, building } = buildingOf(this.#generations, before, this.#generation)
      const { current } = record
      const numbers = [current.number, this.#generation]
      const locked = await this.#generations.lockPartitions(numbers, transaction)
      const [old = [], next = []] = locked.map((partitions) => partitions.map(({ state }) => state))
      const oldAt = (key: string) => positionOfKey(old, key)
      const nextAt = (key: string) => positionOfKey(next, key)
      const isFar = keys.some((key) => Math.abs(oldAt(key) - nextAt(key)) > longestGap)
      if (isFar) {
        open = keys
        return record
      }
      const [currentTexts, nextTexts] = await Promise.all(
        numbers.map((number) => {
          const collection = generationName(this.#storage.name, number)
          return documents.read(
            keys.map((key) => ({ collection, key })),
            { transaction },
          )
        }),
      )
      const decode = (text: string | undefined) => (text === undefined ? undefined : store.codec.decode(text))
      const currents = new Map(keys.map((key, index) => [key, decode(currentTexts?.[index])]))
      const rebuilt = new Map(keys.map((key, index) => [key, decode(nextTexts?.[index])]))
      const fold = (documents: Map<string, unknown>, after: Place, upTo: ReadonlyMap<string, number>) => {
        return foldBetween(this.#generations, this.#storage.fold, documents, after, upTo)
      }
      await fold(rebuilt, nextAt, behindOf(keys, nextAt, oldAt))
      const behind = behindOf(keys, oldAt, nextAt)
      const isSameCode = current.version === building.version
      if (isSameCode) await fold(currents, oldAt, behind)
      open = isSameCode ? [] : await this.#changedBetween(oldAt, behind)
      results = keys
        .filter((key) => !open.includes(key))
        .map((key) => ({ key, current: currents.get(key), rebuilt: rebuilt.get(key) }))
      return record
    })
    for (const result of results) this.#note(result)
    return open
  }

  /** Keys with events between: what serves lags behind, and only older code could move it on. */
  async #changedBetween(after: Place, upTo: ReadonlyMap<string, number>): Promise<readonly string[]> {
    if (upTo.size === 0) return []
    const changed = new Set<string>()
    const from = Math.min(...Array.from(upTo.keys(), after))
    for await (const page of scanDeliveries(this.#generations, from, Math.max(...upTo.values()))) {
      for (const { event, keys } of page) {
        for (const key of keys) {
          const end = upTo.get(key)
          if (end !== undefined && event.position <= end && event.position > after(key)) changed.add(key)
        }
      }
    }
    return [...changed]
  }

  #note(difference: RebuildDifference<unknown>): void {
    if (sameValue(difference.current, difference.rebuilt)) {
      this.#same++
      return
    }
    this.#different++
    if (this.#differences.length < this.#maxDifferences) {
      this.#differences.push(difference as RebuildDifference<Document>)
    }
  }

  /** Keys whose documents differ at first sight, in order. Counts the others. */
  async *#candidates(): AsyncGenerator<string, void, undefined> {
    const record = await this.#generations.read()
    const olds = this.#documentsOf(record?.current.number ?? 0)
    const news = this.#documentsOf(this.#generation)
    let [old, next] = [(await olds.next()).value, (await news.next()).value]
    while (old || next) {
      const order = old && next ? compareTexts(old.key, next.key) : old ? -1 : 1
      if (order === 0 && old && next && old.data === next.data) this.#same++
      else yield ((order <= 0 ? old : next) as FoundDocument).key
      if (order <= 0) old = (await olds.next()).value
      if (order >= 0) next = (await news.next()).value
    }
  }

  #documentsOf(generation: number): AsyncGenerator<FoundDocument, void, undefined> {
    return documentsIn(this.#generations.documents, generationName(this.#storage.name, generation))
  }
}

/** Keys that are not as far in one place as in another, with that. */
function behindOf(keys: readonly string[], at: Place, other: Place): ReadonlyMap<string, number> {
  return new Map(keys.filter((key) => at(key) < other(key)).map((key) => [key, other(key)]))
}
