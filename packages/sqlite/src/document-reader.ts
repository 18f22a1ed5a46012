import type { DocumentQuery, DocumentReference, FieldRange, FoundDocument } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { countSql, probeSql } from './count-sql.ts'
import { rangesToProbe } from './document-walk.ts'
import { findSql } from './find-sql.ts'
import type { DocumentParameters, DocumentSql } from './sql-text.ts'

/** To look at this many entries takes about a millisecond. */
const mostProbed = 5_000

/** Reads documents on one handle: the reader of a store, or an open transaction. */
export class DocumentReader {
  readonly #database: Database.Database
  readonly #read: Database.Statement<[collection: string, key: string], string>
  readonly #queries = new Map<string, Database.Statement<[DocumentParameters], unknown>>()
  readonly #readAtOnce: (references: readonly DocumentReference[]) => (string | undefined)[]

  constructor(database: Database.Database) {
    this.#database = database
    this.#read = database
      .prepare<[string, string], string>(
        'SELECT data FROM eventfold_documents WHERE collection = ? AND key = ?',
      )
      .pluck()
    this.#readAtOnce = database.transaction((references) => this.#readEach(references))
  }

  /** All as they are at one moment. */
  read(references: readonly DocumentReference[]): readonly (string | undefined)[] {
    const isOneMoment = references.length <= 1 || this.#database.inTransaction
    return isOneMoment ? this.#readEach(references) : this.#readAtOnce(references)
  }

  find(query: DocumentQuery): readonly FoundDocument[] {
    const narrow = this.#narrowest(query.collection, rangesToProbe(query.where, query.orderBy))
    return this.#all<FoundDocument>(findSql(query, narrow))
  }

  count(collection: string, where: readonly FieldRange[]): number {
    const probed = where.length < 2 ? undefined : this.#narrowest(collection, where)
    const [row] = this.#all<{ readonly count: number }>(countSql(collection, where, probed))
    return row?.count ?? 0
  }

  #readEach(references: readonly DocumentReference[]): (string | undefined)[] {
    return references.map(({ collection, key }) => this.#read.get(collection, key))
  }

  /** Which of the ranges has the fewest documents, if any has so few that to look at all of them is quick. */
  #narrowest(collection: string, ranges: readonly FieldRange[]): FieldRange | undefined {
    let narrowest: FieldRange | undefined
    let fewest = mostProbed
    for (const range of ranges) {
      const [row] = this.#all<{ readonly count: number }>(probeSql(collection, range, fewest))
      if (row === undefined || row.count >= fewest) continue
      narrowest = range
      fewest = row.count
    }
    return narrowest
  }

  #all<Row>({ text, parameters }: DocumentSql): readonly Row[] {
    let statement = this.#queries.get(text)
    if (statement === undefined) {
      statement = this.#database.prepare<[DocumentParameters], unknown>(text).safeIntegers(false)
      this.#queries.set(text, statement)
    }
    return statement.all(parameters) as Row[]
  }
}
