import type { FieldValue } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { limitTo } from './limit-to.ts'

type Key = [collection: string, key: string]

/** The values that documents are found by, on one handle. */
export class DocumentFields {
  readonly #read: Database.Statement<Key, [field: string, value: string]>
  readonly #insert: Database.Statement<[...Key, field: string, value: string]>
  readonly #update: Database.Statement<[value: string, ...Key, field: string]>
  readonly #remove: Database.Statement<[...Key, field: string]>
  readonly #clear: Database.Statement<[string, string, number]>

  constructor(database: Database.Database) {
    const byKey = 'WHERE collection = ? AND key = ?'
    this.#read = database
      .prepare<Key, [field: string, value: string]>(
        `SELECT field, value FROM eventfold_document_fields ${byKey}`,
      )
      .raw()
    this.#insert = database.prepare(
      'INSERT INTO eventfold_document_fields (collection, key, field, value) VALUES (?, ?, ?, ?)',
    )
    this.#update = database.prepare(`UPDATE eventfold_document_fields SET value = ? ${byKey} AND field = ?`)
    this.#remove = database.prepare(`DELETE FROM eventfold_document_fields ${byKey} AND field = ?`)
    this.#clear = database.prepare(`
      DELETE FROM eventfold_document_fields WHERE collection = ? AND (key, field) IN
        (SELECT key, field FROM eventfold_document_fields WHERE collection = ? ORDER BY key, field ${limitTo('?')})`)
  }

  /** Writes what differs only: reading takes a fifth of the time that writing the same again takes. */
  replace(collection: string, key: string, fields: readonly FieldValue[]): void {
    const stored = new Map(this.#read.all(collection, key))
    for (const { field, value } of fields) {
      const before = stored.get(field)
      stored.delete(field)
      if (before === undefined) this.#insert.run(collection, key, field, value)
      else if (before !== value) this.#update.run(value, collection, key, field)
    }
    for (const field of stored.keys()) this.#remove.run(collection, key, field)
  }

  /** @returns how many were removed */
  clearSome(collection: string, limit: number): number {
    return this.#clear.run(collection, collection, limit).changes
  }
}
