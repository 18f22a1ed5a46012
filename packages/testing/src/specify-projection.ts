import {
  type Codec,
  type DocumentProjection,
  type EventSource,
  jsonCodec,
  type RecordedEvent,
} from '@eventfold/core'
import { DocumentFold, deepFreeze } from '@eventfold/core/adapter'
import { type AnyGivenEvent, type GivenEvent, recordGiven } from './given-event.ts'
import { reportDocuments } from './projection-report.ts'

export interface ProjectionSpecificationOptions {
  /** That of the store, where it has one of its own. Default: JSON. */
  readonly codec?: Codec
}

/** The specification of a projection. Made by {@link specifyProjection}. */
export interface ProjectionSpecification<Source extends EventSource, Document> {
  /** What has happened, in this order. The data is checked against the schemas of the definitions. */
  given(events?: readonly GivenEvent<Source>[]): GivenDocuments<Document>
}

export interface GivenDocuments<Document> {
  /**
   * Exactly these documents, by key; undefined says that there is none, as does leaving the key out. Rejects with an
   * AssertionError that tells what was given, and which documents differ in what.
   */
  then(expected: Readonly<Record<string, Document | undefined>>): Promise<void>
}

/**
 * Given, then for a projection of documents: no store, no clock, no mocks. What the handlers get is frozen, as they
 * are to be pure.
 *
 * @example
 * await specifyProjection(Summaries)
 *   .given([
 *     { key: '42', type: 'AccountOpened', data: { owner: 'Ada' } },
 *     { key: '42', type: 'MoneyDeposited', data: { cents: 500 } },
 *   ])
 *   .then({ '42': { owner: 'Ada', cents: 500 } })
 */
export function specifyProjection<Event extends RecordedEvent, Document, Fields, Source extends EventSource>(
  definition: DocumentProjection<Event, Document, Fields, Source>,
  { codec = jsonCodec }: ProjectionSpecificationOptions = {},
): ProjectionSpecification<Source, Document> {
  const { name, of } = definition
  const fold = new DocumentFold(definition)
  async function check(
    given: readonly AnyGivenEvent[],
    expected: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const events = await recordGiven(of, given, codec)
    reportDocuments({ name, events, actual: foldDocuments(fold, events, codec), expected })
  }

  return {
    given: (given = []) => ({
      // biome-ignore lint/suspicious/noThenProperty: given, then are the words; a forgotten one throws.
      then(expected) {
        if (typeof expected === 'function') {
          throw new TypeError(`Nothing is expected of ${name}: call .then({ key: document }) before await.`)
        }
        return check(given as readonly AnyGivenEvent[], expected)
      },
    }),
  }
}

/** The documents that events lead to, each read and written anew for every event. */
function foldDocuments(
  fold: DocumentFold,
  events: readonly RecordedEvent[],
  codec: Codec,
): ReadonlyMap<string, unknown> {
  const texts = new Map<string, string>()
  const read = (key: string) => {
    const text = texts.get(key)
    return text === undefined ? undefined : codec.decode(text)
  }
  for (const event of events) {
    for (const key of fold.keysOf(event)) {
      const document = fold.next(deepFreeze(read(key)), event, key)
      if (document === undefined) texts.delete(key)
      else texts.set(key, fold.encode(document, key, codec).data)
    }
  }
  return new Map(Array.from(texts.keys(), (key) => [key, read(key)]))
}
