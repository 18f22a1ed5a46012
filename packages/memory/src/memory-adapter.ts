import { type Clock, InvalidInputError, LockTimeoutError, StoreClosedError } from '@eventfold/core'
import type {
  Capabilities,
  LogPage,
  LogQuery,
  StoreAdapter,
  StoredEvent,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
} from '@eventfold/core/adapter'
import { MemoryLog } from './memory-log.ts'
import { MemoryTransaction } from './memory-transaction.ts'

/**
 * The reference adapter: the whole port over arrays. One transaction at a time; while one is open, its events are the
 * tail of the log that nobody else sees.
 */
export class MemoryAdapter implements StoreAdapter<MemoryTransaction> {
  readonly name = 'memory'
  readonly capabilities: Capabilities = {
    durable: false,
    shared: false,
    wakeUp: 'process',
    residentRows: true,
  }
  readonly #log: MemoryLog
  readonly #lockTimeout: number
  readonly #listeners = new Set<() => void>()
  #open: MemoryTransaction | undefined
  #closed = false

  constructor(clock: Clock, lockTimeoutMilliseconds: number) {
    this.#log = new MemoryLog(clock)
    this.#lockTimeout = lockTimeoutMilliseconds
  }

  async append(
    writes: readonly StreamWrite[],
    transaction?: MemoryTransaction,
  ): Promise<readonly StreamReceipt[]> {
    while (transaction === undefined && this.#open !== undefined) await this.#untilFree()
    this.#check(transaction)
    const receipts = this.#log.append(writes)
    if (transaction === undefined) this.#wakeUp()
    return receipts
  }

  async readStream(query: StreamQuery, transaction?: MemoryTransaction): Promise<readonly StoredEvent[]> {
    return this.#log.readStream(query, this.#visible(transaction))
  }

  readFold(query: StreamQuery, transaction?: MemoryTransaction): Promise<readonly StoredEvent[]> {
    return this.readStream(query, transaction)
  }

  async streamInfo(stream: string, transaction?: MemoryTransaction): Promise<StreamInfo | undefined> {
    const events = this.#log.stream(stream, this.#visible(transaction))
    const [first] = events
    const last = events.at(-1)
    if (first === undefined || last === undefined) return undefined
    return {
      stream,
      version: last.version,
      firstRecordedAt: new Date(first.recordedAt),
      lastRecordedAt: new Date(last.recordedAt),
    }
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    return this.#log.readPage(query, this.#visible(undefined))
  }

  async head(): Promise<number> {
    return this.#visible(undefined)
  }

  async onAppend(listener: () => void): Promise<() => Promise<void>> {
    this.#check(undefined)
    const entry = () => listener()
    this.#listeners.add(entry)
    return async () => void this.#listeners.delete(entry)
  }

  async transaction<Result>(work: (transaction: MemoryTransaction) => Promise<Result>): Promise<Result> {
    while (this.#open !== undefined) await this.#untilFree()
    this.#check(undefined)
    const transaction = new MemoryTransaction(this.#log.length)
    this.#open = transaction
    try {
      const result = await work(transaction)
      if (this.#log.length > transaction.start) this.#wakeUp()
      return result
    } catch (error) {
      this.#log.truncate(transaction.start)
      throw error
    } finally {
      this.#open = undefined
      transaction.end()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    while (this.#open !== undefined) await this.#open.ended
    this.#listeners.clear()
  }

  /** The position up to which a reader sees the log: everything for the open transaction, else what is committed. */
  #visible(transaction: MemoryTransaction | undefined): number {
    this.#check(transaction)
    if (transaction !== undefined || this.#open === undefined) return this.#log.length
    return this.#open.start
  }

  #check(transaction: MemoryTransaction | undefined): void {
    if (transaction !== undefined && transaction !== this.#open) {
      throw new InvalidInputError(
        'invalid-transaction',
        'The transaction has ended, or belongs to another store.',
      )
    }
    if (this.#closed && transaction === undefined) throw new StoreClosedError()
  }

  async #untilFree(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LockTimeoutError(this.#lockTimeout)), this.#lockTimeout)
    })
    try {
      await Promise.race([this.#open?.ended, timeout])
    } finally {
      clearTimeout(timer)
    }
  }

  #wakeUp(): void {
    for (const listener of this.#listeners) queueMicrotask(listener)
  }
}
