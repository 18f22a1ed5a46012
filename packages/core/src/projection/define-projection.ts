import { checkCount } from '../check-count.ts'
import { InvalidInputError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import { type EventFrom, type EventSource, filterOfSources } from '../event/event-sources.ts'
import { deepFreeze } from '../event/json.ts'
import { checkName } from '../event/text-rules.ts'
import type { FieldScalar } from './field-text.ts'

/**
 * One function per event type: document, event and key to the next document, or null to remove it. Pure and
 * synchronous: it may be called again. Types that do not matter are left out.
 */
export type DocumentHandlers<Event extends RecordedEvent, Document> = {
  readonly [Type in Event['type']]?: (
    document: Document,
    event: Extract<Event, RecordedEvent<Type>>,
    key: string,
  ) => Document | null
}

/** Names of the properties of a document that can be searched by. */
export type SearchableName<Document> = {
  [Name in keyof Document & string]: Document[Name] extends FieldScalar ? Name : never
}[keyof Document & string]

/** None where the fields are a list of names: what is inferred of that has every name. */
type NamedFields<Computed> = string extends keyof Computed ? Record<never, never> : Computed

/** A kind of read model: events to documents. Made by {@link defineProjection}. */
export interface DocumentProjection<
  Event extends RecordedEvent,
  Document,
  Fields,
  Source extends EventSource = EventSource,
> {
  readonly kind: 'documents'
  readonly name: string
  readonly version: number
  readonly of: readonly Source[]
  /** Undefined: the key of the stream. */
  readonly key: ((event: Event) => string | readonly string[]) | undefined
  readonly initialState: Document | ((key: string) => Document)
  readonly fields: {
    readonly [Field in keyof Fields]: (document: Document, key: string) => Fields[Field]
  }
  readonly on: DocumentHandlers<Event, Document>
}

/** Document of a projection. */
export type DocumentOf<Definition> =
  Definition extends DocumentProjection<infer _Event, infer Document, infer _Fields> ? Document : never

/**
 * Defines a read model of documents: state by key, folded from the events of one or several aggregates. Everything is
 * inferred from the definitions and the initial state. Whether it runs inline, async or live is said by `readModel`.
 *
 * A document that does not exist begins with the initial state at its first event. An initial state that is not a
 * function is frozen. A document is what the codec of the store can carry: with the default one, plain JSON.
 *
 * @param name of the read model in the store; at most 128 bytes, without # : /
 * @throws InvalidInputError `invalid-definition`
 * @example
 * const Summaries = defineProjection('account-summary', {
 *   version: 1,
 *   of: [Account],
 *   initialState: { owner: '', cents: 0 },
 *   fields: ['owner', 'cents'],
 *   on: {
 *     AccountOpened: (document, { data }) => ({ ...document, owner: data.owner }),
 *     MoneyDeposited: (document, { data }) => ({ ...document, cents: document.cents + data.cents }),
 *     AccountClosed: () => null,
 *   },
 * })
 */
export function defineProjection<
  Source extends EventSource,
  Document,
  const Name extends SearchableName<Document> = never,
  Computed extends Readonly<Record<string, FieldScalar>> = Record<never, never>,
  Type extends EventFrom<Source>['type'] = EventFrom<Source>['type'],
>(
  name: string,
  definition: {
    /**
     * Raised whenever handlers, key or fields change: the read model is then built anew beside the old one. Default 1.
     */
    readonly version?: number
    /** Aggregate definitions, whose events are handled. */
    readonly of: readonly Source[]
    /**
     * Key or keys of the documents that an event changes; none: it is left out. Pure. Called for the types of `on`
     * only. Default: what stands after the category in its stream id. Required with several categories, whose keys may
     * be the same.
     */
    readonly key?: (
      event: NoInfer<Extract<EventFrom<Source>, RecordedEvent<Type>>>,
    ) => string | readonly string[]
    /** The document before its first event, or a function of the key that makes it. */
    readonly initialState: Document | ((key: string) => Document)
    /**
     * What `find` and `count` search by: names of properties, or functions by name. Text (up to 512 bytes), numbers,
     * booleans, dates and null.
     */
    readonly fields?:
      | readonly Name[]
      | { readonly [Field in keyof Computed]: (document: NoInfer<Document>, key: string) => Computed[Field] }
    readonly on: NoInfer<DocumentHandlers<EventFrom<Source>, Document>> & {
      readonly [Name in Type]?: unknown
    }
  },
): DocumentProjection<EventFrom<Source>, Document, Pick<Document, Name> & NamedFields<Computed>, Source> {
  const { version = 1, of, key, initialState, fields = [], on } = definition
  checkProjectionName(name)
  checkCount(version, `version of projection ${name}`, 1)
  filterOfSources(`Projection ${name}`, of, on)
  if (key === undefined && new Set(of.map(({ category }) => category)).size > 1) {
    throw new InvalidInputError(
      'invalid-definition',
      `Projection ${name} has several sources, which may have the same keys. Say by \`key\` what is meant.`,
    )
  }
  if (typeof initialState !== 'function') deepFreeze(initialState)
  const functions = Array.isArray(fields)
    ? Object.fromEntries(fields.map((field: Name) => [field, (document: Document) => document[field]]))
    : fields
  for (const field of Object.keys(functions)) checkName(field, 'field', 'invalid-definition', 128)
  return Object.freeze({
    kind: 'documents',
    name,
    version,
    of,
    key: key as never,
    initialState,
    fields: functions as never,
    on,
  })
}

/** @throws InvalidInputError `invalid-definition` */
export function checkProjectionName(name: string): void {
  checkName(name, 'name of a projection', 'invalid-definition', 128)
  if (!/[#:/]/.test(name)) return
  throw new InvalidInputError(
    'invalid-definition',
    `The name of projection ${name} has one of # : /, which the store uses itself.`,
  )
}
