import { type Codec, isEventfoldError, type RecordedEvent } from '@eventfold/core'
import type { AnyDocumentProjection, DocumentFold, EncodedDocument } from '@eventfold/core/adapter'
import { isSame } from '../is-same.ts'
import { showGiven } from '../projection-report.ts'
import { show } from '../report-section.ts'
import { CheckFailure } from './check-failure.ts'
import { isPromiseLike } from './probe.ts'
import { withShiftedTime } from './shifted-time.ts'

/** By how much the clock differs between two calls with the same input: 400 days and some hours. */
const shift = 34_567_890_123

/**
 * The documents that events lead to, each handler called twice on the way.
 *
 * @throws CheckFailure a function of the definition changes what it is given, depends on anything else, or returns what
 * cannot be stored
 */
export function checkPurity(
  fold: DocumentFold,
  events: readonly RecordedEvent[],
  codec: Codec,
): ReadonlyMap<string, unknown> {
  const documents = new PureDocuments(fold, codec)
  for (const event of events) documents.apply(event)
  return documents.all()
}

class PureDocuments {
  readonly #fold: DocumentFold
  readonly #codec: Codec
  readonly #definition: AnyDocumentProjection
  readonly #texts = new Map<string, string>()

  constructor(fold: DocumentFold, codec: Codec) {
    this.#fold = fold
    this.#codec = codec
    this.#definition = fold.definition
  }

  all(): ReadonlyMap<string, unknown> {
    return new Map(Array.from(this.#texts, ([key, text]) => [key, this.#codec.decode(text)]))
  }

  apply(event: RecordedEvent): void {
    for (const key of this.#keysOf(event)) {
      const text = this.#next(event, key)
      if (text === undefined) this.#texts.delete(key)
      else this.#texts.set(key, text)
    }
  }

  #keysOf(event: RecordedEvent): readonly string[] {
    const at = [showGiven(event)]
    const keys = (): readonly string[] => {
      return this.#attempt('`key`', at, () => this.#unchanged(event, '`key`', at, this.#fold.keysOf))
    }
    return this.#twice('`key`', at, keys)
  }

  #next(event: RecordedEvent, key: string): string | undefined {
    const what = `the handler of ${event.type}`
    const at = [showGiven(event), `document ${key}`]
    const next = () => {
      return this.#attempt(what, at, () => {
        const given = this.#read(key)
        const copy = this.#copy(given)
        const result = this.#unchanged(event, what, at, (copied) => this.#fold.next(copy, copied, key))
        // What it returns may be what it was given: so this looks whether that is as before.
        if (!isSame(copy, given)) throw changes(this.#definition.name, what, 'its document', at, given, copy)
        if (isPromiseLike(result)) {
          result.then(undefined, () => {})
          throw new CheckFailure(this.#definition.name, `${what} returns a promise`, {
            at,
            advice: ['Handlers of documents are synchronous: what they need is in the event.'],
          })
        }
        return result
      })
    }
    const encode = (document: unknown): EncodedDocument | undefined => {
      if (document === undefined) return undefined
      return this.#attempt(what, at, () => this.#fold.encode(document, key, this.#codec))
    }
    return this.#twice(what, at, () => encode(next()))?.data
  }

  /** The document of a key; where there is none, what its first event gets. */
  #read(key: string): unknown {
    const text = this.#texts.get(key)
    if (text !== undefined) return this.#codec.decode(text)
    const { initialState } = this.#definition
    if (typeof initialState !== 'function') return initialState
    const at = [`document ${key}`]
    return this.#twice('`initialState`', at, () => (initialState as (key: string) => unknown)(key))
  }

  /** Two calls with the same input, at different times. */
  #twice<Result>(what: string, at: readonly string[], call: () => Result): Result {
    const first = call()
    const second = withShiftedTime(shift, call)
    if (isSame(first, second)) return first
    throw new CheckFailure(this.#definition.name, `${what} gives something else the second time`, {
      at,
      first: [show(first)],
      second: [show(second)],
      advice: ['It may depend on its input alone: not on the time, on chance, or on what it remembers.'],
    })
  }

  #attempt<Result>(what: string, at: readonly string[], call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      if (error instanceof CheckFailure) throw error
      const isRefused = isEventfoldError(error)
      const problem = isRefused ? `${what} gives what cannot be stored` : `${what} throws`
      const message = error instanceof Error ? `${error.name}: ${error.message}` : show(error)
      throw new CheckFailure(this.#definition.name, problem, { at, error: [message] }, { cause: error })
    }
  }

  #unchanged<Result>(
    event: RecordedEvent,
    what: string,
    at: readonly string[],
    call: (event: RecordedEvent) => Result,
  ): Result {
    const copy = this.#copyEvent(event)
    const result = call(copy)
    if (isSame(copy, this.#copyEvent(event))) return result
    throw changes(this.#definition.name, what, 'its event', at, event, copy)
  }

  #copyEvent(event: RecordedEvent): RecordedEvent {
    return {
      ...event,
      data: this.#copy(event.data),
      metadata: this.#copy(event.metadata) as RecordedEvent['metadata'],
      tags: [...event.tags],
      recordedAt: new Date(event.recordedAt),
    }
  }

  /** What cannot be copied is what an initial state may be made of; that is frozen. */
  #copy(value: unknown): unknown {
    try {
      return this.#codec.decode(this.#codec.encode(value, ''))
    } catch {
      return value
    }
  }
}

function changes(
  name: string,
  what: string,
  changed: string,
  at: readonly string[],
  before: unknown,
  after: unknown,
): CheckFailure {
  return new CheckFailure(name, `${what} changes ${changed}`, {
    at,
    before: [show(before)],
    after: [show(after)],
    advice: ['Return a new one: ({ ...document, changed }).'],
  })
}
