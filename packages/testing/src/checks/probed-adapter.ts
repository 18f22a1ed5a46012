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
import type { CallRecord, Probe } from './probe.ts'

/** What all instances on one storage have in common. */
export interface ProbedStorage {
  readonly adapter: StoreAdapter
  /** When events were recorded, by id: the same in every run. */
  readonly times: ReadonlyMap<string, number>
  /** By how much the clock is ahead, in milliseconds: so leases run out without a wait. */
  ahead: number
}

const reading = { hasEffect: false, mayPause: true } as const
const writing = { hasEffect: true, mayPause: true } as const
const within = { hasEffect: false, mayPause: false } as const

/** An adapter as one instance of a consumer sees it: every call goes through the probe. */
export class ProbedAdapter implements StoreAdapter {
  readonly #storage: ProbedStorage
  readonly #inner: StoreAdapter
  readonly #probe: Probe
  readonly documents: DocumentAdapter
  readonly sql?: SqlAdapter
  readonly maintenance?: MaintenanceAdapter

  constructor(storage: ProbedStorage, probe: Probe) {
    this.#storage = storage
    this.#inner = storage.adapter
    this.#probe = probe
    if (this.#inner.sql !== undefined) this.sql = this.#inner.sql
    if (this.#inner.maintenance !== undefined) this.maintenance = this.#inner.maintenance
    this.documents = probedDocuments(this.#inner.documents as DocumentAdapter, probe)
  }

  get name(): string {
    return this.#inner.name
  }

  get capabilities(): Capabilities {
    return this.#inner.capabilities
  }

  append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    const kind = transaction === undefined ? writing : within
    return this.#probe.call('store.append', kind, () => this.#inner.append(writes, transaction))
  }

  readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.#probe.call('store.readStream', kindOfRead(transaction), async () => {
      return this.#timed(await this.#inner.readStream(query, transaction))
    })
  }

  readFold(query: StreamQuery, transaction?: unknown): Promise<readonly FoldRow[]> {
    return this.#probe.call('store.readFold', kindOfRead(transaction), () =>
      this.#inner.readFold(query, transaction),
    )
  }

  streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    return this.#probe.call('store.streamInfo', kindOfRead(transaction), () => {
      return this.#inner.streamInfo(stream, transaction)
    })
  }

  readLog(query: LogQuery): Promise<LogPage> {
    return this.#probe.call('store.readLog', reading, async () => {
      const page = await this.#inner.readLog(query)
      return { ...page, events: this.#timed(page.events) }
    })
  }

  head(): Promise<number> {
    return this.#probe.call('store.head', reading, () => this.#inner.head())
  }

  onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    return this.#probe.call('store.onAppend', reading, () => this.#inner.onAppend(listener))
  }

  wakeUp(): void {
    this.#inner.wakeUp()
  }

  now(): Promise<number> {
    return this.#probe.call('store.now', reading, async () => (await this.#inner.now()) + this.#storage.ahead)
  }

  /** A crash rolls back what is open, as the database does when the connection is gone. */
  async transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    await this.#probe.call('store.begin', reading, async () => {})
    let commit: CallRecord | undefined
    const result = await this.#inner.transaction(async (transaction) => {
      const done = await work(transaction)
      commit = this.#probe.enter('store.commit', { hasEffect: true, mayPause: false })
      await this.#probe.pass(commit, 'before')
      return done
    }, options)
    if (commit !== undefined) await this.#probe.pass(commit, 'after')
    return result
  }

  async close(): Promise<void> {}

  #timed(rows: readonly StoredEvent[]): readonly StoredEvent[] {
    return rows.map((row) => ({ ...row, recordedAt: this.#storage.times.get(row.id) ?? row.recordedAt }))
  }
}

function kindOfRead(transaction: unknown): typeof reading | typeof within {
  return transaction === undefined ? reading : within
}

function probedDocuments(documents: DocumentAdapter, probe: Probe): DocumentAdapter {
  const kindOfWrite = (transaction: unknown) => (transaction === undefined ? writing : within)
  return {
    read: (references, options) => {
      return probe.call('store.read', kindOfRead(options?.transaction), () =>
        documents.read(references, options),
      )
    },
    write: (writes, transaction, options) => {
      return probe.call('store.write', kindOfWrite(transaction), () =>
        documents.write(writes, transaction, options),
      )
    },
    find: (query, transaction) => {
      return probe.call('store.find', kindOfRead(transaction), () => documents.find(query, transaction))
    },
    count: (collection, where, transaction) => {
      return probe.call('store.count', kindOfRead(transaction), () =>
        documents.count(collection, where, transaction),
      )
    },
    clear: (collection, transaction) => {
      return probe.call('store.clear', kindOfWrite(transaction), () =>
        documents.clear(collection, transaction),
      )
    },
  }
}
