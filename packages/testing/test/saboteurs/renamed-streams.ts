import type {
  LogPage,
  LogQuery,
  StoreAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
} from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

/** Compares stream ids by a collation. */
export class RenamedStreams extends DelegatingAdapter {
  readonly #rename: (stream: string) => string

  constructor(inner: StoreAdapter, rename: (stream: string) => string) {
    super(inner)
    this.#rename = rename
  }

  override append(writes: readonly StreamWrite[], transaction?: unknown): Promise<readonly StreamReceipt[]> {
    return this.inner.append(
      writes.map((write) => ({ ...write, stream: this.#rename(write.stream) })),
      transaction,
    )
  }

  override readStream(query: StreamQuery, transaction?: unknown): Promise<readonly StoredEvent[]> {
    return this.inner.readStream({ ...query, stream: this.#rename(query.stream) }, transaction)
  }

  override streamInfo(stream: string, transaction?: unknown): Promise<StreamInfo | undefined> {
    return this.inner.streamInfo(this.#rename(stream), transaction)
  }

  override readLog(query: LogQuery): Promise<LogPage> {
    const { stream } = query.filter
    const filter = stream === undefined ? query.filter : { ...query.filter, stream: this.#rename(stream) }
    return this.inner.readLog({ ...query, filter })
  }
}
