import { checkCount } from '../check-count.ts'
import { InvalidInputError } from '../errors.ts'
import type { DocumentQuery, FieldRange } from '../store/document-adapter.ts'
import type { DocumentFold } from './document-fold.ts'
import { type FieldCondition, toFieldRange } from './field-text.ts'

/** Values, or ranges of values, of the fields of a projection. All must hold. */
export type Where<Fields> = { readonly [Field in keyof Fields]?: FieldCondition<Fields[Field]> }

export interface FindOptions<Fields, Transaction = unknown> {
  /** Orders by this field, then by key, and leaves out documents that do not have it. Default: by key. */
  readonly orderBy?: keyof Fields & string
  /** From the last to the first. Default false. */
  readonly backwards?: boolean
  /** Most documents of the page. Default 100. */
  readonly limit?: number
  /** `next` of the page before, of the same question. */
  readonly after?: string
  /** Reads inside an open transaction. */
  readonly transaction?: Transaction
}

/** A document of a read model. */
export interface KeyedDocument<Document> {
  readonly key: string
  readonly document: Document
}

export interface DocumentPage<Document> {
  readonly documents: readonly KeyedDocument<Document>[]
  /** Where the next page begins: pass it as `after`. Undefined: this was the last. */
  readonly next: string | undefined
}

/** Ranges of the fields that a question names, as texts. */
export function parseWhere(fold: DocumentFold, where: object): readonly FieldRange[] {
  const ranges: FieldRange[] = []
  for (const [field, condition] of Object.entries(where)) {
    checkField(fold, field)
    if (condition !== undefined) ranges.push(toFieldRange(field, condition))
  }
  return ranges
}

/**
 * The query for a page, with one document more than asked for, which tells whether there is another page.
 *
 * @throws InvalidInputError `invalid-option`
 */
export function parseDocumentQuery(
  fold: DocumentFold,
  where: object,
  options: Omit<FindOptions<Record<string, unknown>>, 'transaction'>,
): Omit<DocumentQuery, 'collection'> {
  const { orderBy, backwards = false, limit = 100, after } = options
  checkCount(limit, 'limit', 1)
  if (orderBy !== undefined) checkField(fold, orderBy)
  return {
    where: parseWhere(fold, where),
    orderBy,
    backwards,
    limit: limit + 1,
    after: after === undefined ? undefined : parseCursor(after, orderBy !== undefined),
  }
}

/** A page, from what was found by a query for one document more. */
export function toPage<Document>(
  found: readonly (KeyedDocument<Document> & { readonly value?: string | undefined })[],
  { limit }: Pick<DocumentQuery, 'limit'>,
): DocumentPage<Document> {
  const documents = found.slice(0, limit - 1)
  const last = documents.at(-1)
  const hasNext = found.length === limit && last !== undefined
  return {
    documents: documents.map(({ key, document }) => ({ key, document })),
    next: hasNext
      ? JSON.stringify(last.value === undefined ? [last.key] : [last.key, last.value])
      : undefined,
  }
}

function parseCursor(cursor: string, isOrdered: boolean): NonNullable<DocumentQuery['after']> {
  try {
    const parts: unknown = JSON.parse(cursor)
    if (Array.isArray(parts) && parts.every((part) => typeof part === 'string')) {
      const [key, value] = parts
      if (key !== undefined && (value !== undefined) === isOrdered) {
        return value === undefined ? { key } : { key, value }
      }
    }
  } catch {
    // Said below.
  }
  throw new InvalidInputError('invalid-option', '`after` is not the `next` of a page of the same question.')
}

function checkField({ definition, hasField }: DocumentFold, field: string): void {
  if (hasField(field)) return
  throw new InvalidInputError(
    'invalid-option',
    `Projection ${definition.name} has no field ${field}. Name it in \`fields\`, and raise the version.`,
  )
}
