import type { Codec } from '../event/codec.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventSource, filterOfSources, isFromSources } from '../event/event-sources.ts'
import { keyOf } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { FieldValue } from '../store/document-adapter.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import { type FieldScalar, toFieldText } from './field-text.ts'
import { MissingResultError } from './projection-errors.ts'

/** A document projection without its types. */
export interface AnyDocumentProjection {
  readonly kind: 'documents'
  readonly name: string
  readonly version: number
  readonly of: readonly EventSource[]
  readonly key: ((event: never) => string | readonly string[]) | undefined
  readonly initialState: unknown
  readonly fields: object
  readonly on: object
}

/** A document as a store keeps it. */
export interface EncodedDocument {
  readonly data: string
  readonly fields: readonly FieldValue[]
}

type Handler = (document: unknown, event: RecordedEvent, key: string) => unknown

/** Longest key of a document, in bytes. */
const maxKeyBytes = 512

const noKeys: readonly string[] = []

/** What a document projection does with events, pure and without a store. */
export class DocumentFold {
  readonly definition: AnyDocumentProjection
  /** For the storage. With several sources it lets through more than is meant. */
  readonly filter: LogFilter
  readonly #isFromSources: (event: RecordedEvent) => boolean
  readonly #handlers: ReadonlyMap<string, Handler>
  readonly #fields: readonly (readonly [string, (document: unknown, key: string) => FieldScalar])[]

  constructor(definition: AnyDocumentProjection) {
    const { name, of, on, fields } = definition
    this.definition = definition
    this.filter = filterOfSources(`Projection ${name}`, of, on)
    this.#isFromSources = isFromSources(of)
    this.#handlers = new Map(Object.entries(on))
    this.#fields = Object.entries(fields)
  }

  /**
   * The keys of the documents that an event changes, each once; none if it changes none.
   *
   * @throws InvalidInputError `invalid-document`, and what the definition's `key` throws
   */
  readonly keysOf = (event: RecordedEvent): readonly string[] => {
    if (!this.#handlers.has(event.type) || !this.#isFromSources(event)) return noKeys
    const { key } = this.definition
    if (key === undefined) return [keyOf(event.stream)]
    const keys = key(event as never)
    const list = typeof keys === 'string' ? [keys] : keys
    for (const each of list) checkDocumentKey(each)
    return list.length > 1 ? [...new Set(list)] : list
  }

  /**
   * The document after an event that changes it; undefined stands for none.
   *
   * @throws MissingResultError, and what the handler throws
   */
  next(document: unknown, event: RecordedEvent, key: string): unknown {
    const handler = this.#handlers.get(event.type) as Handler
    const next = handler(document === undefined ? this.#start(key) : document, event, key)
    if (next === undefined) throw new MissingResultError(this.definition.name, event)
    return next === null ? undefined : next
  }

  /** @throws InvalidInputError `invalid-document`, `not-json` */
  encode(document: unknown, key: string, codec: Codec): EncodedDocument {
    return { data: codec.encode(document, ''), fields: this.fieldsOf(document, key) }
  }

  /** The texts to find the document by. */
  fieldsOf(document: unknown, key: string): readonly FieldValue[] {
    const fields: FieldValue[] = []
    for (const [field, read] of this.#fields) {
      const value = read(document, key)
      if (value !== undefined) fields.push({ field, value: toFieldText(value, field) })
    }
    return fields
  }

  readonly hasField = (field: string): boolean => this.#fields.some(([name]) => name === field)

  #start(key: string): unknown {
    const { initialState } = this.definition
    return typeof initialState === 'function' ? (initialState as (key: string) => unknown)(key) : initialState
  }
}

/**
 * Whether a document may have this key. One that none can have is refused where it is looked for, too: a database reads
 * a lone surrogate as another character, and would find what is stored under that.
 *
 * @throws InvalidInputError `invalid-document`
 */
export function checkDocumentKey(key: string): void {
  checkName(key, 'key of a document', 'invalid-document', maxKeyBytes)
}
