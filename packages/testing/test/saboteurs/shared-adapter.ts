import { StoreClosedError } from '@eventfold/core'
import type {
  Capabilities,
  DocumentAdapter,
  FoldRow,
  LogPage,
  LogQuery,
  MaintenanceAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
  TransferAdapter,
} from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** One of several instances over one store in memory, as if that were a database. So all cases apply to it. */
export class SharedAdapter extends DelegatingAdapter {
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #listening = new Set<() => Promise<void>>()
  #closed = false

  override get capabilities(): Capabilities {
    return { durable: true, shared: true, wakeUp: 'network', residentRows: true }
  }

  override get documents(): DocumentAdapter {
    const { documents } = this.inner as { readonly documents: DocumentAdapter }
    return {
      read: (references, options) =>
        this.#call(() => documents.read(references, options), options?.transaction),
      write: (writes, transaction) => this.#call(() => documents.write(writes, transaction), transaction),
      find: (query, transaction) => this.#call(() => documents.find(query, transaction), transaction),
      count: (collection, where, transaction) =>
        this.#call(() => documents.count(collection, where, transaction), transaction),
      clear: (collection, transaction) =>
        this.#call(() => documents.clear(collection, transaction), transaction),
    }
  }

  override get transfer(): TransferAdapter {
    const { transfer } = this.inner as { readonly transfer: TransferAdapter }
    return {
      importEvents: (events) => this.#call(() => transfer.importEvents(events)),
      listDocuments: (after, limit) => this.#call(() => transfer.listDocuments(after, limit)),
    }
  }

  override get maintenance(): MaintenanceAdapter {
    const { maintenance } = this.inner as { readonly maintenance: MaintenanceAdapter }
    return {
      lock: (transaction) => maintenance.lock(transaction),
      setClosed: (stream, isClosed, transaction) => maintenance.setClosed(stream, isClosed, transaction),
      removeBefore: (stream, before, transaction) => maintenance.removeBefore(stream, before, transaction),
      isRemoved: (position) => this.#call(() => maintenance.isRemoved(position)),
      listMarks: (after, limit) => this.#call(() => maintenance.listMarks(after, limit)),
      putMarks: (marks) => this.#call(() => maintenance.putMarks(marks)),
    }
  }

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return this.#call(() => this.inner.append(writes, transaction), transaction)
  }

  override readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.#call(() => this.inner.readStream(query, transaction), transaction)
  }

  override readFold(query: StreamQuery, transaction?: unknown): Promise<readonly FoldRow[]> {
    return this.#call(() => this.inner.readFold(query, transaction), transaction)
  }

  override streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    return this.#call(() => this.inner.streamInfo(stream, transaction), transaction)
  }

  override readLog(query: LogQuery): Promise<LogPage> {
    return this.#call(() => this.inner.readLog(query))
  }

  override head(): Promise<number> {
    return this.#call(() => this.inner.head())
  }

  override onAppend(listener: () => void): Promise<() => Promise<void>> {
    return this.#call(async () => {
      const stop = await this.inner.onAppend(listener)
      this.#listening.add(stop)
      return stop
    })
  }

  override now(): Promise<number> {
    return this.#call(() => this.inner.now())
  }

  override transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.#call(() => this.inner.transaction(work, options))
  }

  override async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#underWay)
    for (const stop of this.#listening) await stop()
  }

  async #call<Result>(call: () => Promise<Result>, transaction?: unknown): Promise<Result> {
    if (this.#closed && transaction === undefined) throw new StoreClosedError()
    const result = call()
    this.#underWay.add(result)
    try {
      return await result
    } finally {
      this.#underWay.delete(result)
    }
  }
}
