import { checkCount } from '../check-count.ts'
import { InvalidInputError } from '../errors.ts'
import type { StoredEvent } from '../event/stored-event.ts'
import { maintenanceAdapterOf } from '../maintenance/maintenance-adapter-of.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StreamMark } from '../store/maintenance-adapter.ts'
import type { ListedDocument } from '../store/transfer-adapter.ts'
import { DocumentImport } from './document-import.ts'
import { EventImport } from './event-import.ts'
import { ImportBatch } from './import-batch.ts'
import { LineReader, type LogLine } from './log-lines.ts'
import { ForeignLine, parseDocument, parseEvent, parseHeader, parseMark } from './parse-line.ts'
import { transferAdapterOf } from './transfer-adapter-of.ts'
import { withRetries } from './with-retries.ts'

export interface ImportOptions {
  /** Most events, or documents, that are stored in one transaction. Default 500. */
  readonly batchSize?: number
  /** Called after each batch. */
  readonly onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  /** Lines that are dealt with. */
  readonly lines: number
  readonly events: number
  readonly documents: number
  /** Of the last event that is stored. */
  readonly position: number
}

/** What an import has done. */
export interface ImportReport {
  /** Of the export. */
  readonly events: number
  /** Those of them that were not in the store before. */
  readonly stored: number
  /** Documents of the export; null where it has none. */
  readonly documents: number | null
  /** Of the last event of the export, behind which the next part has to begin. */
  readonly position: number
}

/**
 * Makes in a store the log that `exportLog` has read from another one: the same positions, versions, ids and times, and
 * every text byte for byte. Appends then go on behind it.
 *
 * The store is empty, or holds the beginning of that very log: what is stored already is compared and not stored again.
 * So an import that was interrupted, even by the death of its process, is done again from its first line and goes on
 * where it was. Each batch of 500 events is one transaction. Start no inline read models on the store before. Of
 * documents the store must hold none but those of the export, for they are what consumers begin with.
 *
 * @param lines without line feeds, as of `node:readline`
 * @throws ImportFileError `import-foreign`, `import-damaged`, `import-truncated`, with the number of the line
 * @throws ImportConflictError the store holds other events, or other documents
 * @throws UnsupportedError the store cannot import
 * @throws InvalidInputError, StoreUnavailableError, LockTimeoutError, StorageFullError, StoreClosedError, StoreFailureError
 * @example
 * const report = await importLog(store, createInterface({ input: createReadStream('log.jsonl') }))
 */
export async function importLog<Transaction>(
  store: EventStore<Transaction>,
  lines: AsyncIterable<string> | Iterable<string>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  if (store.carriers.length > 0) {
    throw new InvalidInputError(
      'invalid-option',
      'Inline read models of this store would miss what is imported. Start them when the import has ended.',
    )
  }
  const started = new LogImport(store, options)
  for await (const line of lines) await started.take(line)
  return started.end()
}

/** What comes next in the lines. */
type Part = 'header' | 'events' | 'marks' | 'documents' | 'nothing'

class LogImport<Transaction> {
  readonly #store: EventStore<Transaction>
  readonly #reader = new LineReader()
  readonly #eventImport: EventImport<Transaction>
  readonly #documentImport: DocumentImport<Transaction>
  readonly #batchSize: number
  readonly #report: (progress: ImportProgress) => void
  #part: Part = 'header'
  #events = new ImportBatch<StoredEvent>(2)
  #marks = new ImportBatch<StreamMark>(2)
  #documents = new ImportBatch<ListedDocument>(2)
  #countEvents = 0
  #countDocuments = 0
  #lastPosition = 0
  #hasDocuments = false

  constructor(store: EventStore<Transaction>, { batchSize = 500, onProgress = () => {} }: ImportOptions) {
    const transfer = transferAdapterOf(store)
    this.#store = store
    this.#batchSize = checkCount(batchSize, 'batchSize', 1)
    this.#report = onProgress
    this.#eventImport = new EventImport(store.storage, transfer)
    this.#documentImport = new DocumentImport(store.adapter, transfer)
  }

  async take(text: string): Promise<void> {
    const trimmed = text.endsWith('\n') ? text.replace(/\r?\n$/, '') : text
    if (this.#part === 'nothing' && trimmed === '') return
    const line = this.#reader.read(trimmed)
    try {
      await this.#takeLine(line, trimmed.length)
    } catch (error) {
      if (error instanceof ForeignLine) this.#reader.refuse('import-foreign', error.message)
      throw error
    }
  }

  /** @throws ImportFileError `import-truncated` */
  end(): ImportReport {
    if (this.#part !== 'nothing') {
      this.#reader.refuse(
        'import-truncated',
        'the export ends before it. Fetch all of it, and import it from its first line; what is stored is kept',
        this.#reader.line + 1,
      )
    }
    const { stored, position } = this.#eventImport
    const documents = this.#hasDocuments ? this.#countDocuments : null
    return { events: this.#countEvents, stored, documents, position }
  }

  async #takeLine(line: LogLine, length: number): Promise<void> {
    if (this.#part === 'header') {
      const after = parseHeader(line)
      await withRetries(() => this.#eventImport.begin(after))
      this.#lastPosition = this.#eventImport.position
      this.#part = 'events'
    } else if (this.#part === 'events' && 'event' in line) {
      await this.#takeEvent(parseEvent(line), length)
    } else if ((this.#part === 'events' || this.#part === 'marks') && 'mark' in line) {
      await this.#takeMark(parseMark(line), length)
    } else if (this.#part !== 'nothing' && 'document' in line) {
      await this.#beginDocuments()
      await this.#takeDocument(parseDocument(line), length)
    } else if (this.#part !== 'nothing' && 'end' in line) {
      if (line.end.documents !== null) await this.#beginDocuments()
      await this.#finish()
    } else {
      throw new ForeignLine('nothing of its kind is expected there')
    }
  }

  async #takeEvent(event: StoredEvent, length: number): Promise<void> {
    if (event.position <= this.#lastPosition) {
      throw new ForeignLine(`position ${event.position} comes after ${this.#lastPosition}`)
    }
    this.#lastPosition = event.position
    this.#countEvents++
    this.#events.add(event, length)
    if (this.#events.isFull(this.#batchSize)) await this.#storeEvents()
  }

  async #takeMark(mark: StreamMark, length: number): Promise<void> {
    if (this.#part === 'events') await this.#storeEvents()
    this.#part = 'marks'
    this.#marks.add(mark, length)
    if (this.#marks.isFull(this.#batchSize)) await this.#storeMarks()
  }

  async #takeDocument(document: ListedDocument, length: number): Promise<void> {
    this.#countDocuments++
    this.#documents.add(document, length)
    if (this.#documents.isFull(this.#batchSize)) await this.#storeDocuments()
  }

  async #beginDocuments(): Promise<void> {
    if (this.#part === 'documents') return
    await this.#storeEvents()
    await this.#storeMarks()
    await this.#eventImport.checkEnd(this.#reader.line)
    this.#documents = new ImportBatch(this.#reader.line)
    this.#part = 'documents'
    this.#hasDocuments = true
  }

  async #finish(): Promise<void> {
    if (this.#part === 'documents') {
      await this.#storeDocuments()
      await this.#documentImport.end(this.#eventImport.position, this.#reader.line)
    } else {
      await this.#storeEvents()
      await this.#storeMarks()
    }
    this.#part = 'nothing'
  }

  async #storeEvents(): Promise<void> {
    await this.#eventImport.store(this.#events)
    this.#events = new ImportBatch(this.#reader.line + 1)
    this.#progress()
  }

  async #storeMarks(): Promise<void> {
    const { items } = this.#marks
    if (items.length === 0) return
    const maintenance = maintenanceAdapterOf(this.#store.adapter)
    await withRetries(() => maintenance.putMarks(items))
    this.#marks = new ImportBatch(this.#reader.line + 1)
    this.#progress()
  }

  async #storeDocuments(): Promise<void> {
    await this.#documentImport.store(this.#documents, this.#eventImport.position)
    this.#documents = new ImportBatch(this.#reader.line + 1)
    this.#progress()
  }

  #progress(): void {
    this.#report({
      lines: this.#reader.line,
      events: this.#countEvents,
      documents: this.#countDocuments,
      position: this.#eventImport.position,
    })
  }
}
