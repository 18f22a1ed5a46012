import type Database from 'better-sqlite3'
import { DocumentReader } from './document-reader.ts'
import { DocumentWriter } from './document-writer.ts'
import { EventImport } from './event-import.ts'
import { EventWriter } from './event-writer.ts'
import { StreamMaintenance } from './stream-maintenance.ts'
import { StreamReader } from './stream-reader.ts'

/** The statements on the handle of a transaction, prepared when they are first needed. */
export class Prepared {
  readonly #database: Database.Database
  #writer: EventWriter | undefined
  #import: EventImport | undefined
  #maintenance: StreamMaintenance | undefined
  #reader: StreamReader | undefined
  #documentReader: DocumentReader | undefined
  #documentWriter: DocumentWriter | undefined

  constructor(database: Database.Database) {
    this.#database = database
  }

  get database(): Database.Database {
    return this.#database
  }

  get writer(): EventWriter {
    this.#writer ??= new EventWriter(this.#database)
    return this.#writer
  }

  get import(): EventImport {
    this.#import ??= new EventImport(this.#database)
    return this.#import
  }

  get maintenance(): StreamMaintenance {
    this.#maintenance ??= new StreamMaintenance(this.#database)
    return this.#maintenance
  }

  get reader(): StreamReader {
    this.#reader ??= new StreamReader(this.#database)
    return this.#reader
  }

  get documentReader(): DocumentReader {
    this.#documentReader ??= new DocumentReader(this.#database)
    return this.#documentReader
  }

  get documentWriter(): DocumentWriter {
    this.#documentWriter ??= new DocumentWriter(this.#database)
    return this.#documentWriter
  }
}
