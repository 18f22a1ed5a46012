import { DocumentConflictError } from '@eventfold/core'
import type { DocumentWrite } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { DocumentFields } from './document-fields.ts'

type Key = [collection: string, key: string]

/** Documents that one statement removes, so that clearing a large collection lets others run in between. */
const clearSize = 1_000

/** Writes documents in the open transaction of one handle. It begins and ends none. */
export class DocumentWriter {
  readonly #fields: DocumentFields
  readonly #read: Database.Statement<Key, string>
  readonly #put: Database.Statement<[...Key, data: string]>
  readonly #insert: Database.Statement<[...Key, data: string]>
  readonly #update: Database.Statement<[data: string, ...Key, expected: string]>
  readonly #remove: Database.Statement<Key>
  readonly #removeExpected: Database.Statement<[...Key, expected: string]>
  readonly #clear: Database.Statement<[string, string]>
  readonly #lock: Database.Statement<[]>

  constructor(database: Database.Database) {
    const insert = 'INSERT INTO eventfold_documents (collection, key, data) VALUES (?, ?, ?)'
    const byKey = 'WHERE collection = ? AND key = ?'
    this.#fields = new DocumentFields(database)
    this.#read = database.prepare<Key, string>(`SELECT data FROM eventfold_documents ${byKey}`).pluck()
    this.#put = database.prepare(`${insert} ON CONFLICT (collection, key) DO UPDATE SET data = excluded.data`)
    this.#insert = database.prepare(`${insert} ON CONFLICT (collection, key) DO NOTHING`)
    this.#update = database.prepare(`UPDATE eventfold_documents SET data = ? ${byKey} AND data = ?`)
    this.#remove = database.prepare(`DELETE FROM eventfold_documents ${byKey}`)
    this.#removeExpected = database.prepare(`DELETE FROM eventfold_documents ${byKey} AND data = ?`)
    this.#clear = database.prepare(`
      DELETE FROM eventfold_documents WHERE collection = ? AND key IN
        (SELECT key FROM eventfold_documents WHERE collection = ? ORDER BY key LIMIT ${clearSize})`)
    this.#lock = database.prepare('DELETE FROM eventfold_documents WHERE FALSE')
  }

  /** Keeps others from writing until the transaction ends. Where that is so already, nothing happens. */
  lock(): void {
    this.#lock.run()
  }

  /** @throws DocumentConflictError what stands before it in the call is written by then */
  write(writes: readonly DocumentWrite[]): void {
    // What is only compared would not lock by itself.
    this.lock()
    for (const write of writes) {
      const { collection, key, data, fields } = write
      if (!this.#store(write)) throw new DocumentConflictError(collection, key)
      if (data === undefined) this.#fields.replace(collection, key, [])
      else if (fields !== undefined) this.#fields.replace(collection, key, fields)
    }
  }

  /** @returns whether there may be more of the collection to remove */
  clearSome(collection: string): boolean {
    const documents = this.#clear.run(collection, collection).changes
    const fields = this.#fields.clearSome(collection, clearSize)
    return documents === clearSize || fields === clearSize
  }

  #store({ collection, key, data, expected }: DocumentWrite): boolean {
    if (data === undefined) return this.#removed(collection, key, expected)
    if (expected === undefined) return this.#put.run(collection, key, data).changes === 1
    if (expected === null) return this.#insert.run(collection, key, data).changes === 1
    return this.#update.run(data, collection, key, expected).changes === 1
  }

  #removed(collection: string, key: string, expected: string | null | undefined): boolean {
    if (expected === null) return this.#read.get(collection, key) === undefined
    if (expected !== undefined) return this.#removeExpected.run(collection, key, expected).changes === 1
    this.#remove.run(collection, key)
    return true
  }
}
