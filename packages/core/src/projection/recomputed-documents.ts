import type { Delivery } from '../consumer/processor.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { DocumentFold } from './document-fold.ts'
import type { Generations } from './generations.ts'
import { scanDeliveries, type UnreadableDelivery } from './scan-deliveries.ts'

/** Documents folded from the log in memory, for some of the keys, up to a position that can be moved on. */
export class RecomputedDocuments<Transaction> {
  /** By key. A key that has no document, and had one, has undefined. */
  readonly documents: Map<string, unknown> = new Map()
  readonly #generations: Generations<Transaction>
  readonly #fold: DocumentFold
  readonly #isWanted: (key: string) => boolean
  #position = 0

  constructor(generations: Generations<Transaction>, fold: DocumentFold, isWanted: (key: string) => boolean) {
    this.#generations = generations
    this.#fold = fold
    this.#isWanted = isWanted
  }

  get position(): number {
    return this.#position
  }

  /** @param onPage told after every page of the log */
  async advance(position: number, onPage: () => void = () => {}): Promise<void> {
    for await (const page of scanDeliveries(this.#generations, this.#position, position)) {
      for (const { event, keys } of readable(page)) {
        for (const key of keys) {
          if (!this.#isWanted(key)) continue
          foldInto(this.documents, this.#fold, event, key)
        }
      }
      onPage()
    }
    this.#position = Math.max(this.#position, position)
  }

  /** The documents of some keys, each as of its position, which is this one or later. */
  async at(positions: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, unknown>> {
    const { codec } = this.#generations.store
    const documents = new Map<string, unknown>()
    for (const key of positions.keys()) {
      const document = this.documents.get(key)
      // A copy, should a handler change what it gets.
      documents.set(key, document === undefined ? undefined : codec.decode(codec.encode(document, '')))
    }
    const after = () => this.#position
    await foldBetween(this.#generations, this.#fold, documents, after, positions)
    return documents
  }
}

/** Folds into documents what comes for each after one position, up to another. */
export async function foldBetween<Transaction>(
  generations: Generations<Transaction>,
  fold: DocumentFold,
  documents: Map<string, unknown>,
  after: (key: string) => number,
  upTo: ReadonlyMap<string, number>,
): Promise<void> {
  if (upTo.size === 0) return
  const from = Math.min(...Array.from(upTo.keys(), after))
  for await (const page of scanDeliveries(generations, from, Math.max(...upTo.values()))) {
    for (const { event, keys } of readable(page)) {
      for (const key of keys) {
        const end = upTo.get(key)
        if (end === undefined || event.position > end || event.position <= after(key)) continue
        foldInto(documents, fold, event, key)
      }
    }
  }
}

/** What a handler refuses has been parked or skipped, and is not in a document. */
function foldInto(
  documents: Map<string, unknown>,
  fold: DocumentFold,
  event: RecordedEvent,
  key: string,
): void {
  let next: unknown
  try {
    next = fold.next(documents.get(key), event, key)
  } catch {
    return
  }
  documents.set(key, next)
}

/** What cannot be read has been parked or skipped, and is not in a document. */
function readable(page: readonly (Delivery | UnreadableDelivery)[]): readonly Delivery[] {
  return page.filter((delivery): delivery is Delivery => !('error' in delivery))
}
