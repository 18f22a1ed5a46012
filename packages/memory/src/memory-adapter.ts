import type { Clock } from '@eventfold/core'
import {
  type AppendListener,
  AppendListeners,
  type Capabilities,
  type LogPage,
  type LogQuery,
  type StoreAdapter,
  type StoredEvent,
  type StreamInfo,
  type StreamQuery,
  type StreamReceipt,
  type StreamWrite,
  type TransactionOptions,
  untilAborted,
} from '@eventfold/core/adapter'
import { MemoryDocuments } from './memory-documents.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryMaintenance } from './memory-maintenance.ts'
import { MemoryTransaction } from './memory-transaction.ts'
import { MemoryTransfer } from './memory-transfer.ts'
import { TransactionTurns } from './transaction-turns.ts'

/**
 * The reference adapter: the whole port over arrays and maps. One transaction at a time; while one is open, its events
 * are the tail of the log that nobody else sees.
 */
export class MemoryAdapter implements StoreAdapter<MemoryTransaction> {
  readonly name = 'memory'
  readonly capabilities: Capabilities = {
    durable: false,
    shared: false,
    wakeUp: 'process',
    residentRows: true,
  }
  readonly documents: MemoryDocuments
  readonly transfer: MemoryTransfer
  readonly maintenance: MemoryMaintenance
  readonly #log: MemoryLog
  readonly #turns: TransactionTurns
  readonly #listeners = new AppendListeners()

  constructor(clock: Clock, lockTimeoutMilliseconds: number) {
    this.#log = new MemoryLog(clock)
    this.#turns = new TransactionTurns(lockTimeoutMilliseconds)
    this.documents = new MemoryDocuments(this.#turns)
    this.maintenance = new MemoryMaintenance(this.#log, this.#turns)
    this.transfer = new MemoryTransfer(this.#log, this.documents, this.#turns, () => this.wakeUp())
  }

  append(writes: readonly StreamWrite[], transaction?: MemoryTransaction): Promise<readonly StreamReceipt[]> {
    return this.#turns.whenFree(transaction, () => {
      const receipts = this.#log.append(writes, transaction?.streams)
      if (transaction === undefined) this.#listeners.tell(writes)
      return receipts
    })
  }

  async readStream(query: StreamQuery, transaction?: MemoryTransaction): Promise<readonly StoredEvent[]> {
    return this.#log.readStream(query, this.#visible(transaction), transaction?.streams)
  }

  readFold(query: StreamQuery, transaction?: MemoryTransaction): Promise<readonly StoredEvent[]> {
    return this.readStream(query, transaction)
  }

  async streamInfo(stream: string, transaction?: MemoryTransaction): Promise<StreamInfo | undefined> {
    return this.#log.streamInfo(stream, this.#visible(transaction), transaction?.streams)
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    return this.#log.readPage(query, this.#visible(undefined))
  }

  async head(): Promise<number> {
    return this.#visible(undefined)
  }

  async onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    this.#turns.check(undefined)
    const remove = this.#listeners.add(listener)
    return async () => remove()
  }

  wakeUp(): void {
    this.#listeners.tell()
  }

  /** By the clock of the machine, not by that of the events: a lease expires also where a test has stopped that one. */
  async now(): Promise<number> {
    this.#turns.check(undefined)
    return Date.now()
  }

  async transaction<Result>(
    work: (transaction: MemoryTransaction) => Promise<Result>,
    { signal }: TransactionOptions = {},
  ): Promise<Result> {
    signal?.throwIfAborted()
    const transaction = await this.#turns.begin(() => new MemoryTransaction(this.#log.length), signal)
    try {
      const result = await untilAborted(work(transaction), signal)
      this.documents.commit(transaction.documents)
      if (this.#log.length > transaction.start) this.wakeUp()
      this.#log.commit(transaction.streams)
      return result
    } catch (error) {
      this.#log.truncate(transaction.start)
      throw error
    } finally {
      this.#turns.end(transaction)
    }
  }

  async close(): Promise<void> {
    await this.#turns.close()
    this.#listeners.clear()
  }

  /** The position up to which a reader sees the log: everything for the open transaction, else what is committed. */
  #visible(transaction: MemoryTransaction | undefined): number {
    this.#turns.check(transaction)
    const isInside = transaction !== undefined
    return this.#log.headOf(isInside ? this.#log.length : (this.#turns.open?.start ?? this.#log.length))
  }
}
