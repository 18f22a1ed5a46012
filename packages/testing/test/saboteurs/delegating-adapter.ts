import type {
  AppendListener,
  Capabilities,
  DocumentAdapter,
  FoldRow,
  LogPage,
  LogQuery,
  MaintenanceAdapter,
  StoreAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
  TransferAdapter,
} from '@eventfold/core/adapter'

/** Hands every call on to another adapter. A saboteur spoils one of them. */
export class DelegatingAdapter implements StoreAdapter {
  readonly inner: StoreAdapter

  constructor(inner: StoreAdapter) {
    this.inner = inner
  }

  get name(): string {
    return this.inner.name
  }

  get capabilities(): Capabilities {
    return this.inner.capabilities
  }

  get documents(): DocumentAdapter {
    return this.inner.documents as DocumentAdapter
  }

  get transfer(): TransferAdapter {
    return this.inner.transfer as TransferAdapter
  }

  get maintenance(): MaintenanceAdapter {
    return this.inner.maintenance as MaintenanceAdapter
  }

  append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return this.inner.append(writes, transaction)
  }

  readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.inner.readStream(query, transaction)
  }

  readFold(query: StreamQuery, transaction?: unknown): Promise<readonly FoldRow[]> {
    return this.inner.readFold(query, transaction)
  }

  streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    return this.inner.streamInfo(stream, transaction)
  }

  readLog(query: LogQuery): Promise<LogPage> {
    return this.inner.readLog(query)
  }

  head(): Promise<number> {
    return this.inner.head()
  }

  onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    return this.inner.onAppend(listener)
  }

  wakeUp(): void {
    this.inner.wakeUp()
  }

  now(): Promise<number> {
    return this.inner.now()
  }

  transaction<Result>(
    work: (transaction: unknown) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.inner.transaction(work, options)
  }

  close(): Promise<void> {
    return this.inner.close()
  }
}
