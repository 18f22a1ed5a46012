import { UnsupportedError } from '../errors.ts'
import type { DocumentAdapter, DocumentReference } from '../store/document-adapter.ts'
import { documentsIn } from '../store/documents-in.ts'
import type { StoreAdapter } from '../store/store-adapter.ts'

/** What is written down of an event. */
export type LogEntry = readonly [
  position: number,
  stream: string,
  version: number,
  id: string,
  digest: string,
]

/** What is written down of a part of the log, and sealed together with all before it. */
export interface LogRecord {
  /** Both exclusive and inclusive, as positions of the log: behind `after`, up to `to`. */
  readonly after: number
  readonly to: number
  readonly entries: readonly LogEntry[]
  readonly seal: string
}

/** How far the log is written down. */
export interface Notarised {
  readonly position: number
  /** Of everything up to there. Keep it elsewhere: with it nobody can take the last records back. */
  readonly seal: string
}

const collection = 'eventfold:notary'
const head: DocumentReference = { collection: 'eventfold:notaries', key: 'log' }
const nowhere: Notarised = { position: 0, seal: '' }
const pageSize = 20

/** Where the records lie: documents, by the position that they reach. */
export class LogRecords<Transaction> {
  readonly #documents: DocumentAdapter<Transaction>

  /** @throws UnsupportedError */
  constructor({ name, documents }: StoreAdapter<Transaction>) {
    if (documents === undefined) {
      throw new UnsupportedError(
        `A ${name} store keeps events only. A notary needs one that keeps documents.`,
      )
    }
    this.#documents = documents
  }

  async reached(): Promise<{ readonly reached: Notarised; readonly text: string | null }> {
    const [text] = await this.#documents.read([head])
    if (text === undefined) return { reached: nowhere, text: null }
    return { reached: JSON.parse(text) as Notarised, text }
  }

  /** @throws DocumentConflictError another notary has come further */
  async add(record: LogRecord, before: string | null): Promise<Notarised> {
    const reached = { position: record.to, seal: record.seal }
    const key = String(record.to).padStart(16, '0')
    await this.#documents.write([
      { ...head, data: JSON.stringify(reached), expected: before, fields: [] },
      { collection, key, data: JSON.stringify(record), fields: [] },
    ])
    return reached
  }

  /** All of them, in the order of the log. */
  async *all(): AsyncGenerator<LogRecord, void, undefined> {
    for await (const { data } of documentsIn(this.#documents, collection, { pageSize })) {
      yield JSON.parse(data) as LogRecord
    }
  }
}
