import { StoreClosedError } from '@eventfold/core'
import {
  type Capabilities,
  type FoldRow,
  GroupCommit,
  type LogPage,
  type LogQuery,
  type StoreAdapter,
  type StoredEvent,
  type StreamInfo,
  type StreamQuery,
  type StreamReceipt,
} from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { CommitSchedule } from './commit-schedule.ts'
import { CommitWatch } from './commit-watch.ts'
import { fileOf, openReader, openWriter } from './connection.ts'
import type { Append, Outcome, Writer } from './group-writer.ts'
import { Handles } from './handles.ts'
import { LogReader } from './log-reader.ts'
import { OwnTransactions } from './own-transactions.ts'
import { translateError } from './sqlite-errors.ts'
import { StreamReader } from './stream-reader.ts'
import { Turns } from './turns.ts'
import { untilFree } from './until-free.ts'
import type { WriterOptions } from './writer-options.ts'

export interface AdapterOptions extends WriterOptions {
  readonly pollInterval: number
}

/** Most events of one group: what a commit takes milliseconds for, so that nobody waits long for a turn. */
const maxGroupEvents = 1_000

/** The port over one file: a writer, here or in a thread, and a connection that only reads. */
export class SqliteAdapter implements StoreAdapter<Database.Database> {
  readonly name = 'sqlite'
  readonly capabilities: Capabilities = {
    durable: true,
    shared: true,
    wakeUp: 'machine',
    residentRows: false,
  }
  readonly #lockTimeout: number
  readonly #writer: Writer
  readonly #reader: Database.Database
  readonly #streams: StreamReader
  readonly #log: LogReader
  readonly #watch: CommitWatch
  readonly #handles: Handles
  readonly #turns: Turns
  readonly #transactions: OwnTransactions
  readonly #schedule = new CommitSchedule()
  readonly #appends: GroupCommit<Append, readonly StreamReceipt[]>
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(writer: Writer, options: AdapterOptions) {
    this.#lockTimeout = options.lockTimeout
    this.#writer = writer
    this.#reader = openReader(options.path)
    this.#streams = new StreamReader(this.#reader)
    this.#log = new LogReader(this.#reader)
    this.#watch = new CommitWatch(this.#log, options.pollInterval)
    this.#handles = new Handles(fileOf(this.#reader))
    this.#turns = new Turns(options.lockTimeout)
    this.#transactions = new OwnTransactions(() => openWriter(options), options.lockTimeout)
    this.#appends = new GroupCommit((group) => this.#commit(group), {
      weigh: (append) => append.reduce((sum, { events }) => sum + events.length, 0),
      maxWeight: maxGroupEvents,
      schedule: (start) => this.#schedule.start(start),
    })
  }

  append(append: Append, transaction?: Database.Database): Promise<readonly StreamReceipt[]> {
    if (transaction !== undefined) return this.#appendInside(append, transaction)
    if (this.#closing !== undefined) return Promise.reject(new StoreClosedError())
    return this.#appends.submit(append)
  }

  async #appendInside(append: Append, transaction: Database.Database): Promise<readonly StreamReceipt[]> {
    return this.#inside(transaction, ({ writer }) => writer.storeAlone(append))
  }

  async readStream(query: StreamQuery, transaction?: Database.Database): Promise<readonly StoredEvent[]> {
    return transaction === undefined
      ? this.#read(() => this.#streams.readStream(query))
      : this.#inside(transaction, ({ reader }) => reader.readStream(query))
  }

  async readFold(query: StreamQuery, transaction?: Database.Database): Promise<readonly FoldRow[]> {
    return transaction === undefined
      ? this.#read(() => this.#streams.readFold(query))
      : this.#inside(transaction, ({ reader }) => reader.readFold(query))
  }

  async streamInfo(stream: string, transaction?: Database.Database): Promise<StreamInfo | undefined> {
    return transaction === undefined
      ? this.#read(() => this.#streams.streamInfo(stream))
      : this.#inside(transaction, ({ reader }) => reader.streamInfo(stream))
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    return this.#read(() => this.#log.readPage(query))
  }

  async head(): Promise<number> {
    return this.#read(() => this.#log.head())
  }

  async onAppend(listener: () => void): Promise<() => Promise<void>> {
    const end = await this.#read(() => this.#watch.add(listener))
    return async () => end()
  }

  async transaction<Result>(work: (transaction: Database.Database) => Promise<Result>): Promise<Result> {
    this.#check()
    return this.#track(this.#transaction(work))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#appends.idle()
    await Promise.allSettled(this.#underWay)
    this.#watch.end()
    this.#transactions.close()
    this.#reader.close()
    // Last, because only a connection that may write can tidy up the WAL when the file is left.
    await this.#writer.close()
  }

  /** At once where it can be: what has to be awaited costs a lone append a tenth of its time. */
  #commit(group: readonly Append[]): readonly Outcome[] | Promise<readonly Outcome[]> {
    this.#schedule.note(group.length)
    const turn = this.#turns.take()
    return turn === undefined ? this.#commitInTurn(group) : turn.then(() => this.#commitInTurn(group))
  }

  #commitInTurn(group: readonly Append[]): readonly Outcome[] | Promise<readonly Outcome[]> {
    const end = () => {
      this.#turns.pass()
      this.#watch.look()
    }
    try {
      const outcomes = this.#writer.commit(group)
      if (outcomes instanceof Promise) return outcomes.finally(end)
      end()
      return outcomes
    } catch (error) {
      end()
      throw error
    }
  }

  async #transaction<Result>(work: (transaction: Database.Database) => Promise<Result>): Promise<Result> {
    await this.#turns.take()
    try {
      return await this.#transactions.run(work)
    } finally {
      this.#turns.pass()
      this.#watch.look()
    }
  }

  #inside<Result>(
    transaction: Database.Database,
    work: (prepared: ReturnType<Handles['use']>) => Result,
  ): Result {
    if (!this.#transactions.owns(transaction)) this.#check()
    const prepared = this.#handles.use(transaction)
    try {
      return work(prepared)
    } catch (error) {
      throw translateError(error)
    }
  }

  async #read<Result>(work: () => Result): Promise<Result> {
    this.#check()
    try {
      const result = untilFree(work, this.#lockTimeout)
      return result instanceof Promise ? await this.#track(result) : result
    } catch (error) {
      throw translateError(error)
    }
  }

  #check(): void {
    if (this.#closing !== undefined) throw new StoreClosedError()
  }

  /** `close` waits for it. */
  #track<Result>(call: Promise<Result>): Promise<Result> {
    const end = () => void this.#underWay.delete(call)
    this.#underWay.add(call)
    call.then(end, end)
    return call
  }
}
