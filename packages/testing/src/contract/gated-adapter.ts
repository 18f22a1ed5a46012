import { EventStore, StoreClosedError } from '@eventfold/core'
import type {
  AppendListener,
  Capabilities,
  DocumentAdapter,
  FoldRow,
  LogPage,
  LogQuery,
  MaintenanceAdapter,
  SqlAdapter,
  StoreAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
} from '@eventfold/core/adapter'
import { documentsOf } from './document-collection.ts'

/**
 * What one process sees of a store: it can be cut off, as by a crash, or stand still, as one that is suspended. What it
 * has under way is not touched, except that a transaction does not commit after a cut.
 */
export class GatedAdapter implements StoreAdapter {
  readonly documents: DocumentAdapter
  readonly sql?: SqlAdapter
  readonly maintenance?: MaintenanceAdapter
  /** Called before and after each commit of a transaction or of documents. What it throws is what the caller gets. */
  onCommit: (when: 'before' | 'after') => void = () => {}
  readonly #inner: StoreAdapter
  #isCut = false
  #frozen: { readonly thawed: Promise<void>; readonly thaw: () => void } | undefined
  /** How many calls stand still. */
  waiting = 0

  constructor(store: EventStore) {
    this.#inner = store.adapter
    if (this.#inner.sql !== undefined) this.sql = this.#inner.sql
    if (this.#inner.maintenance !== undefined) this.maintenance = this.#inner.maintenance
    const documents = documentsOf(store)
    this.documents = {
      read: (references, options) =>
        this.#pass(() => documents.read(references, options), options?.transaction),
      write: (writes, transaction, options) =>
        this.#pass(async () => {
          if (transaction === undefined) this.onCommit('before')
          await documents.write(writes, transaction, options)
          if (transaction === undefined) this.onCommit('after')
        }, transaction),
      find: (query, transaction) => this.#pass(() => documents.find(query, transaction), transaction),
      count: (collection, where, transaction) => {
        return this.#pass(() => documents.count(collection, where, transaction), transaction)
      },
      clear: (collection, transaction) =>
        this.#pass(() => documents.clear(collection, transaction), transaction),
    }
  }

  get name(): string {
    return this.#inner.name
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities
  }

  /** From now on nothing gets through. */
  cut(): void {
    this.#isCut = true
    this.thaw()
  }

  /** From now on calls wait, except those of transactions that are open. */
  freeze(): void {
    const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>()
    this.#frozen ??= { thawed, thaw }
  }

  thaw(): void {
    this.#frozen?.thaw()
    this.#frozen = undefined
  }

  append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return this.#pass(() => this.#inner.append(writes, transaction), transaction)
  }

  enter(transaction: unknown): Promise<void> {
    return this.#pass(async () => this.#inner.enter?.(transaction), transaction)
  }

  readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.#pass(() => this.#inner.readStream(query, transaction), transaction)
  }

  readFold(query: StreamQuery, transaction?: unknown): Promise<readonly FoldRow[]> {
    return this.#pass(() => this.#inner.readFold(query, transaction), transaction)
  }

  streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    return this.#pass(() => this.#inner.streamInfo(stream, transaction), transaction)
  }

  readLog(query: LogQuery, transaction?: unknown): Promise<LogPage> {
    return this.#pass(() => this.#inner.readLog(query, transaction), transaction)
  }

  head(): Promise<number> {
    return this.#pass(() => this.#inner.head())
  }

  onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    return this.#pass(() => this.#inner.onAppend(listener))
  }

  wakeUp(): void {
    if (!this.#isCut) this.#inner.wakeUp()
  }

  now(): Promise<number> {
    return this.#pass(() => this.#inner.now())
  }

  transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.#pass(async () => {
      const result = await this.#inner.transaction(async (transaction) => {
        const done = await work(transaction)
        if (this.#isCut) throw new StoreClosedError()
        this.onCommit('before')
        return done
      }, options)
      this.onCommit('after')
      return result
    })
  }

  /** Whoever opened the store closes it. */
  async close(): Promise<void> {}

  async #pass<Result>(call: () => Promise<Result>, transaction?: unknown): Promise<Result> {
    if (transaction === undefined) {
      this.waiting++
      while (this.#frozen !== undefined) await this.#frozen.thawed
      this.waiting--
    }
    if (this.#isCut) throw new StoreClosedError()
    return call()
  }
}

/** A process of its own on the storage of `store`. */
export function gated(store: EventStore): { readonly store: EventStore; readonly gate: GatedAdapter } {
  const gate = new GatedAdapter(store)
  return { store: new EventStore(gate), gate }
}
