import type { FieldRange } from '@eventfold/core/adapter'

export type DocumentParameters = Readonly<Record<string, string | number>>

/** A statement, which is the same for all queries of one shape, and its values. */
export interface DocumentSql {
  readonly text: string
  readonly parameters: DocumentParameters
}

// Named, because statistics can make the planner prefer a scan for a value that it does not know.

export const documentsByKey = 'eventfold_documents AS walk INDEXED BY eventfold_documents_by_key'

export const fieldsByValue = 'eventfold_document_fields AS walk INDEXED BY eventfold_document_fields_by_value'

/** Makes the text of a statement on one collection, piece by piece, and collects its values. */
export class SqlText {
  readonly #parameters: Record<string, string | number>

  constructor(collection: string) {
    this.#parameters = { collection }
  }

  /** @returns the name that stands for the value in the text */
  bind(value: string | number): string {
    const name = `p${Object.keys(this.#parameters).length}`
    this.#parameters[name] = value
    return `@${name}`
  }

  /**
   * The conditions for the entries of a range, as `walk`.
   *
   * @param notAt the end at which the index is not to be entered
   */
  within({ field, from, to }: FieldRange, notAt?: 'from' | 'to'): string[] {
    const conditions = ['walk.collection = @collection', `walk.field = ${this.bind(field)}`]
    const value = (end: 'from' | 'to') => (end === notAt ? '+walk.value' : 'walk.value')
    if (from !== undefined && from === to) return [...conditions, `walk.value = ${this.bind(from)}`]
    if (from !== undefined) conditions.push(`${value('from')} >= ${this.bind(from)}`)
    if (to !== undefined) conditions.push(`${value('to')} <= ${this.bind(to)}`)
    return conditions
  }

  /** The condition that the document of an entry lies in another range. */
  lookUp({ field, from, to }: FieldRange): string {
    const value = `(
      SELECT value FROM eventfold_document_fields
      WHERE collection = @collection AND key = walk.key AND field = ${this.bind(field)})`
    if (from !== undefined && to !== undefined) {
      return `${value} BETWEEN ${this.bind(from)} AND ${this.bind(to)}`
    }
    if (from !== undefined) return `${value} >= ${this.bind(from)}`
    return to === undefined ? `${value} IS NOT NULL` : `${value} <= ${this.bind(to)}`
  }

  end(text: string): DocumentSql {
    return { text, parameters: this.#parameters }
  }
}
