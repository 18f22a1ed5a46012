import { checkCount } from '../check-count.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { ListedDocument } from '../store/transfer-adapter.ts'
import { type DocumentLine, type EventLine, formatName, formatVersion, LineWriter } from './log-lines.ts'
import { markPages } from './mark-pages.ts'
import { RunningChecksum } from './running-checksum.ts'
import { transferAdapterOf } from './transfer-adapter-of.ts'
import { ExportDisturbedError } from './transfer-errors.ts'

export interface ExportOptions {
  /** Only events behind this position, to go on where an earlier export ended. Default 0: the whole log. */
  readonly after?: number
  /**
   * Whether to export documents as well: read models, checkpoints, sagas, timers, outboxes and idempotency keys. All who
   * write must have stopped. Default false.
   */
  readonly documents?: boolean
  /** Called after each page of events or documents. */
  readonly onProgress?: (progress: ExportProgress) => void
}

export interface ExportProgress {
  readonly events: number
  readonly documents: number
  /** Of the last event that was exported. */
  readonly position: number
  /** Where the log ended when the export began. */
  readonly head: number
}

/** Events, and documents, that are read at a time. */
const pageSize = 500

/**
 * The log as lines of text, without line feeds: JSON, from which `importLog` makes the same log in another store. Events
 * come as they are stored, byte for byte; the export ends where the log ends when it gets there, so appends may go on
 * meanwhile, but removals may not. Streams that are closed, or have lost events, are marked as such. A checksum in each line makes damage visible. `docs/reference/export-format.md` has the format.
 *
 * Memory holds one page of 500 events. With `documents` these are read twice, to make sure that nothing moved.
 *
 * @throws ExportDisturbedError something was written while documents were exported, or removed while events were
 * @throws UnsupportedError documents, of a store that does not list them
 * @throws InvalidInputError `invalid-option`; StoreUnavailableError, StoreClosedError, StoreFailureError
 * @example
 * for await (const line of exportLog(store)) file.write(`${line}\n`)
 */
export function exportLog<Transaction>(
  store: EventStore<Transaction>,
  options: ExportOptions = {},
): AsyncGenerator<string, void, undefined> {
  const after = checkCount(options.after ?? 0, 'after', 0)
  const started = new LogExport(store, after, options)
  if (options.documents !== true) return started.eventLines()
  transferAdapterOf(store)
  return started.allLines()
}

class LogExport<Transaction> {
  readonly #store: EventStore<Transaction>
  readonly #lines = new LineWriter()
  readonly #report: (progress: ExportProgress) => void
  readonly #after: number
  #events = 0
  #documents = 0
  #position = 0
  #head = 0

  constructor(store: EventStore<Transaction>, after: number, { onProgress }: ExportOptions) {
    this.#store = store
    this.#after = after
    this.#report = onProgress ?? (() => {})
  }

  async *eventLines(): AsyncGenerator<string, void, undefined> {
    yield* this.#headerAndEvents()
    yield this.#trailer(null)
  }

  async *allLines(): AsyncGenerator<string, void, undefined> {
    yield* this.#headerAndEvents()
    const checksum = new RunningChecksum()
    for await (const page of this.#documentPages()) {
      for (const document of page) {
        checksum.add(JSON.stringify(document))
        yield this.#lines.write(lineOfDocument(document))
      }
      this.#documents += page.length
      this.#progress()
    }
    await this.#checkStill(checksum.value)
    yield this.#trailer(this.#documents)
  }

  async *#headerAndEvents(): AsyncGenerator<string, void, undefined> {
    const removed = await this.#removed()
    yield* this.#logLines()
    if ((await this.#removed()) !== removed) {
      throw new ExportDisturbedError(
        'events were removed meanwhile',
        'Export again while no stream is truncated or archived.',
      )
    }
    for await (const page of markPages(this.#store.storage)) {
      for (const mark of page) yield this.#lines.write({ mark })
    }
  }

  /** Changes with every removal. */
  async #removed(): Promise<string> {
    const checksum = new RunningChecksum()
    for await (const page of markPages(this.#store.storage)) {
      for (const { stream, removedTo } of page)
        if (removedTo !== null) checksum.add(`${stream} ${removedTo}\n`)
    }
    return checksum.value
  }

  async *#logLines(): AsyncGenerator<string, void, undefined> {
    const { storage } = this.#store
    this.#head = await storage.head()
    const last = await this.#lastBefore(this.#after + 1)
    this.#position = last?.position ?? 0
    yield this.#lines.write({ format: formatName, formatVersion, after: last })
    let after = this.#after
    while (true) {
      const page = await storage.readLog({
        after,
        before: Number.MAX_SAFE_INTEGER,
        backwards: false,
        limit: pageSize,
        filter: {},
      })
      for (const event of page.events) {
        yield this.#lines.write(lineOfEvent(event))
        this.#position = event.position
      }
      this.#events += page.events.length
      this.#progress()
      if (page.end) return
      after = page.next
    }
  }

  async #lastBefore(before: number): Promise<{ readonly position: number; readonly id: string } | null> {
    const query = { after: 0, before, backwards: true, limit: 1, filter: {} }
    const [event] = (await this.#store.storage.readLog(query)).events
    return event === undefined ? null : { position: event.position, id: event.id }
  }

  async *#documentPages(): AsyncGenerator<readonly ListedDocument[], void, undefined> {
    const transfer = transferAdapterOf(this.#store)
    let after: ListedDocument | undefined
    while (true) {
      const page = await transfer.listDocuments(after, pageSize)
      if (page.length > 0) yield page
      if (page.length < pageSize) return
      after = page.at(-1)
    }
  }

  /** @throws ExportDisturbedError */
  async #checkStill(checksum: string): Promise<void> {
    const again = new RunningChecksum()
    for await (const page of this.#documentPages()) {
      for (const document of page) again.add(JSON.stringify(document))
    }
    if (again.value !== checksum) throw new ExportDisturbedError('documents were written meanwhile')
    if ((await this.#store.head()) > this.#position) {
      throw new ExportDisturbedError('events were appended meanwhile')
    }
  }

  #trailer(documents: number | null): string {
    return this.#lines.write({ end: { events: this.#events, documents, position: this.#position } })
  }

  #progress(): void {
    this.#report({
      events: this.#events,
      documents: this.#documents,
      position: this.#position,
      head: this.#head,
    })
  }
}

export function lineOfEvent(event: StoredEvent): EventLine {
  const { position, stream, version, id, type, schemaVersion, recordedAt, tags, metadata, data } = event
  return { event: { position, stream, version, id, type, schemaVersion, recordedAt, tags, metadata, data } }
}

function lineOfDocument({ collection, key, data, fields }: ListedDocument): DocumentLine {
  return { document: { collection, key, data, fields: fields.map(({ field, value }) => [field, value]) } }
}
