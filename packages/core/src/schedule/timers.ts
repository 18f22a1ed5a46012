import { InvalidInputError, UnsupportedError } from '../errors.ts'
import { toFieldText } from '../projection/field-text.ts'
import type { DocumentAdapter, DocumentReference, DocumentWrite } from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Timer } from './timer.ts'

/** A timer as it is stored, with the text to compare by. */
export interface StoredTimer {
  readonly timer: Timer
  readonly text: string
}

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

  /** Those that are set, by when they are due. At most `limit`. */
  async pending(limit: number): Promise<readonly StoredTimer[]> {
    const found = await this.#documents.find({
      collection: this.#collection,
      where: [],
      orderBy: 'due',
      backwards: false,
      limit,
    })
    return found.map(({ data }) => ({ timer: this.store.codec.decode(data) as Timer, text: data }))
  }

  /**
   * Turns timers into events: removes them and appends, in one transaction, so that each fires once.
   *
   * @throws DocumentConflictError one of them was changed, cancelled or fired by somebody else; nothing has happened
   */
  async fire(timers: readonly StoredTimer[]): Promise<void> {
    const byStream = new Map<string, Timer['event'][]>()
    for (const { timer } of timers) {
      const events = byStream.get(timer.stream) ?? []
      events.push(timer.event)
      byStream.set(timer.stream, events)
    }
    const removals = timers.map(({ timer, text }) => ({ ...this.cancelWrite(timer.id), expected: text }))
    await this.store.transaction(async (transaction) => {
      await this.#documents.write(removals, transaction)
      await this.store.appendAll(
        [...byStream].map(([stream, events]) => ({ stream, events })),
        { transaction },
      )
    })
  }

  #reference(id: string): DocumentReference {
    return { collection: this.#collection, key: id }
  }
}
