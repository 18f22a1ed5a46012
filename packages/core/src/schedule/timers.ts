import { InvalidInputError, UnsupportedError } from '../errors.ts'
import { toFieldText } from '../projection/field-text.ts'
import type {
  DocumentAdapter,
  DocumentQuery,
  DocumentReference,
  DocumentWrite,
} from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Timer } from './timer.ts'

/** A timer as it is stored, with the text to compare by. */
export interface StoredTimer {
  readonly timer: Timer
  readonly text: string
}

/** What stands at a place in the order of due times: a timer, or why what is stored there cannot be read. */
export type PendingTimer = { readonly place: TimerPlace; readonly text: string } & (
  | { readonly timer: Timer; readonly error?: undefined }
  | { readonly timer?: undefined; readonly error: unknown }
)

/** A place in the order of due times. */
export type TimerPlace = NonNullable<DocumentQuery['after']>

/** How long a transaction that fires may stand still before the store rolls it back, in milliseconds. */
const idleTimeout = 10_000

/** The timers of one owner, in the store: documents that are found by when they are due. */
export class Timers<Transaction> {
  readonly store: EventStore<Transaction>
  readonly #documents: DocumentAdapter<Transaction>
  readonly #collection: string

  /** @throws UnsupportedError the store keeps no documents */
  constructor(store: EventStore<Transaction>, owner: string) {
    const { documents, name } = store.adapter
    if (documents === undefined) {
      throw new UnsupportedError(
        `A ${name} store keeps events only. Timers need one that keeps documents, such as openMemory, openSqlite or ` +
          'openPostgres give.',
      )
    }
    this.store = store
    this.#documents = documents
    this.#collection = `eventfold:timers/${owner}`
  }

  /**
   * What stores a timer, to be written together with what sets it. After the commit, `store.adapter.wakeUp()` tells those
   * who fire it.
   *
   * @throws InvalidInputError `invalid-option`: it is due at no time
   */
  setWrite(timer: Timer): DocumentWrite {
    if (!Number.isSafeInteger(timer.due)) {
      throw new InvalidInputError('invalid-option', `Timer ${timer.id} is due at no time: give a valid date.`)
    }
    const due = toFieldText(timer.due, 'due')
    return {
      ...this.#reference(timer.id),
      data: this.store.codec.encode(timer, ''),
      fields: [{ field: 'due', value: due }],
    }
  }

  /** What removes a timer, which need not exist. */
  cancelWrite(id: string): DocumentWrite {
    return { ...this.#reference(id), data: undefined, fields: [] }
  }

  /** Stores a timer, in `transaction` or at once, and tells those who fire it. */
  async set(timer: Timer, transaction?: Transaction): Promise<void> {
    await this.#documents.write([this.setWrite(timer)], transaction)
    this.store.adapter.wakeUp()
  }

  /** Removes a timer. False: there was none, or it has fired. Once it resolves with true, it never fires. */
  async cancel(id: string, transaction?: Transaction): Promise<boolean> {
    const work = async (open: Transaction): Promise<boolean> => {
      const [text] = await this.#documents.read([this.#reference(id)], { transaction: open, lock: true })
      if (text === undefined) return false
      await this.#documents.write([this.cancelWrite(id)], open)
      return true
    }
    return transaction === undefined ? this.store.adapter.transaction(work) : work(transaction)
  }

  /** Those that are set, by when they are due. At most `limit`; the next page comes `after` the last place of this. */
  async pending(limit: number, after?: TimerPlace): Promise<readonly PendingTimer[]> {
    const found = await this.#documents.find({
      collection: this.#collection,
      where: [],
      orderBy: 'due',
      backwards: false,
      after,
      limit,
    })
    return found.map(({ key, value, data: text }) => ({ place: { key, value }, text, ...this.#decode(text) }))
  }

  /**
   * Turns timers into events: removes them and appends, in one transaction, so that each fires once.
   *
   * @param signal rolls it back where it has not begun to commit
   * @throws DocumentConflictError one of them was changed, cancelled or fired by somebody else; nothing has happened
   */
  async fire(timers: readonly StoredTimer[], signal?: AbortSignal): Promise<void> {
    const byStream = Map.groupBy(timers, ({ timer }) => timer.stream)
    const appends = Array.from(byStream, ([stream, due]) => ({
      stream,
      events: due.map(({ timer }) => timer.event),
    }))
    const removals = timers.map(({ timer, text }) => ({ ...this.cancelWrite(timer.id), expected: text }))
    const { adapter, underWay } = this.store
    await underWay.transaction<Transaction, void>(
      (work) => adapter.transaction(work, { idleTimeout, signal }),
      async (transaction) => {
        await this.#documents.write(removals, transaction)
        await this.store.appendAll(appends, { transaction })
      },
    )
  }

  #decode(text: string): { readonly timer: Timer } | { readonly error: unknown } {
    try {
      return { timer: this.store.codec.decode(text) as Timer }
    } catch (error) {
      return { error }
    }
  }

  #reference(id: string): DocumentReference {
    return { collection: this.#collection, key: id }
  }
}
