import type { EventStore, EventStoreOptions } from '@eventfold/core'
import type { EventStoreStorage } from './fixture.ts'
import { beginTransaction, type OpenTransaction } from './open-transaction.ts'
import { waitUntil } from './wait-until.ts'

export type { OpenTransaction }

/** Ends a case that does not apply to a store. */
export class CaseSkipped extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** What a case works with: one storage, empty at first. Everything opened with it is closed when the case ends. */
export class CaseContext {
  /** How long to wait for what has to happen, in milliseconds. */
  readonly patience: number
  readonly #storage: EventStoreStorage
  readonly #stores: EventStore[] = []
  readonly #transactions: OpenTransaction[] = []
  readonly #ending: (() => void)[] = []

  constructor(storage: EventStoreStorage, patience: number) {
    this.#storage = storage
    this.patience = patience
  }

  readonly open = async (options: EventStoreOptions = {}): Promise<EventStore> => {
    const store = await this.#storage.open(options)
    this.#stores.push(store)
    return store
  }

  /** Two stores on the same storage. Skips the case unless `capabilities.shared`. */
  readonly openTwo = async (): Promise<readonly [EventStore, EventStore]> => {
    const store = await this.open()
    if (!store.capabilities.shared) throw new CaseSkipped('capabilities.shared is false')
    return [store, await this.open()]
  }

  /** Closes a store and opens another on the same storage. Skips the case unless `capabilities.durable`. */
  readonly reopen = async (store: EventStore): Promise<EventStore> => {
    if (!store.capabilities.durable) throw new CaseSkipped('capabilities.durable is false')
    await store.close()
    return this.open()
  }

  /** A transaction that stays open until it is told how to end. Rolled back when the case ends. */
  readonly begin = async (store: EventStore): Promise<OpenTransaction> => {
    const open = await beginTransaction(store)
    this.#transactions.push(open)
    return open
  }

  /** Runs `act` when the case ends, however it ends, before the stores are closed. */
  readonly atEnd = (act: () => void): void => {
    this.#ending.push(act)
  }

  readonly waitUntil = (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    return waitUntil(condition, what, this.patience)
  }

  readonly skip = (reason: string): never => {
    throw new CaseSkipped(reason)
  }

  /** @internal */
  async end(): Promise<void> {
    for (const act of this.#ending) act()
    await Promise.allSettled(this.#transactions.map((open) => open.rollback()))
    await Promise.all(this.#stores.map((store) => store.close()))
    await this.#storage.remove?.()
  }
}
