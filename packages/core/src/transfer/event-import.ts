import { isEventfoldError } from '../errors.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'
import type { TransferAdapter } from '../store/transfer-adapter.ts'
import type { ImportBatch } from './import-batch.ts'
import type { HeaderLine } from './log-lines.ts'
import { readRange } from './read-range.ts'
import { ImportConflictError } from './transfer-errors.ts'
import { withRetries } from './with-retries.ts'

/** Stores the events of an import, and compares those that are stored already. */
export class EventImport<Transaction> {
  readonly #adapter: StoreAdapter<Transaction>
  readonly #transfer: TransferAdapter
  #head = 0
  #position = 0
  #stored = 0

  constructor(adapter: StoreAdapter<Transaction>, transfer: TransferAdapter) {
    this.#adapter = adapter
    this.#transfer = transfer
  }

  /** Up to where the store is known to hold the log of the import, and nothing else. */
  get position(): number {
    return this.#position
  }

  /** How many events were not there before. */
  get stored(): number {
    return this.#stored
  }

  /** @throws ImportConflictError the store does not hold the event behind which the import begins */
  async begin(after: HeaderLine['after']): Promise<void> {
    this.#head = await this.#adapter.head()
    if (after === null) return
    const { position, id } = after
    const [event] = this.#head < position ? [] : await readRange(this.#adapter, position, position)
    if (event?.id !== id) {
      const found = event === undefined ? `ends at position ${this.#head}` : `has event ${event.id} there`
      throw new ImportConflictError(
        position,
        `it begins behind event ${id} at position ${position}, and the store ${found}; import the part before it first`,
        1,
      )
    }
    this.#position = position
  }

  /** @throws ImportConflictError */
  async store(batch: ImportBatch<StoredEvent>): Promise<void> {
    const last = batch.items.at(-1)
    if (last === undefined) return
    const stored = this.#stored
    await withRetries(async (attempt) => {
      if (attempt > 1) this.#head = await this.#adapter.head()
      const known = await this.#compare(batch, last.position)
      // What a first attempt, whose reply was lost, has stored counts as stored.
      if (attempt === 1) this.#stored = stored + batch.items.length - known
      if (known < batch.items.length) await this.#import(batch, known)
    })
    this.#position = last.position
    this.#head = Math.max(this.#head, last.position)
  }

  /** @throws ImportConflictError the log does not end where the import does */
  async checkEnd(line: number): Promise<void> {
    const head = await this.#adapter.head()
    if (head === this.#position) return
    throw new ImportConflictError(
      this.#position,
      `its documents belong to a log that ends at position ${this.#position}, and the store goes on to ${head}`,
      line,
    )
  }

  /** How many events of the batch, from the first on, are stored already. */
  async #compare(batch: ImportBatch<StoredEvent>, last: number): Promise<number> {
    const until = Math.min(this.#head, last)
    if (until <= this.#position) return 0
    const stored = await readRange(this.#adapter, this.#position + 1, until)
    for (const [index, event] of stored.entries()) {
      const item = batch.items[index]
      if (item !== undefined && isSame(item, event)) continue
      const what =
        item?.position === event.position
          ? `the store has another event there (${event.id})`
          : `the store has event ${event.id} at position ${event.position}, and the import has none there`
      throw new ImportConflictError(item?.position ?? event.position, what, batch.firstLine + index)
    }
    const missing = batch.items[stored.length]
    if (missing !== undefined && missing.position <= until) {
      throw new ImportConflictError(
        missing.position,
        'the store goes on behind it, but does not have it',
        batch.firstLine + stored.length,
      )
    }
    return stored.length
  }

  async #import(batch: ImportBatch<StoredEvent>, known: number): Promise<void> {
    try {
      await this.#transfer.importEvents(batch.items.slice(known))
    } catch (error) {
      if (!isEventfoldError(error, 'import-conflict')) throw error
      const line = batch.lineOf(({ position }) => position === error.position)
      throw new ImportConflictError(error.position, error.problem, line)
    }
  }
}

function isSame(event: StoredEvent, other: StoredEvent): boolean {
  return (
    event.position === other.position &&
    event.id === other.id &&
    event.stream === other.stream &&
    event.version === other.version &&
    event.type === other.type &&
    event.schemaVersion === other.schemaVersion &&
    event.recordedAt === other.recordedAt &&
    event.data === other.data &&
    event.metadata === other.metadata &&
    event.tags.length === other.tags.length &&
    event.tags.every((tag, index) => tag === other.tags[index])
  )
}
