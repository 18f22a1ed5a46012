import { StoreClosedError } from '@eventfold/core'
import {
  type AppendListener,
  type Capabilities,
  type Finding,
  type FoldRow,
  GroupCommit,
  type Inspection,
  type LogPage,
  type LogQuery,
  type StoreAdapter,
  type StoredEvent,
  type StreamInfo,
  type StreamQuery,
  type StreamReceipt,
  type TransactionOptions,
} from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { Access } from './access.ts'
import { CommitSchedule } from './commit-schedule.ts'
import { CommitWatch } from './commit-watch.ts'
import { fileOf, openReader } from './connection.ts'
import { Documents } from './documents.ts'
import { FileInspection } from './file-inspection.ts'
import type { Append, Outcome, Writer } from './group-writer.ts'
import { LogReader } from './log-reader.ts'
import { Maintenance } from './maintenance.ts'
import { SqlRunner } from './sql-runner.ts'
import { StorageClock } from './storage-clock.ts'
import { StreamReader } from './stream-reader.ts'
import { Transfer } from './transfer.ts'
import { Turns } from './turns.ts'
import { WakeUps } from './wake-ups.ts'
import { WriteHint } from './write-hint.ts'
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
  readonly documents: Documents
  readonly sql: SqlRunner
  readonly transfer: Transfer
  readonly maintenance: Maintenance
  readonly #writer: Writer
  readonly #reader: Database.Database
  readonly #streams: StreamReader
  readonly #log: LogReader
  readonly #watch: CommitWatch
  readonly #turns: Turns
  readonly #access: Access
  readonly #wakeUps: WakeUps
  readonly #clock: StorageClock
  readonly #inspection: FileInspection
  readonly #schedule = new CommitSchedule()
  readonly #appends: GroupCommit<Append, readonly StreamReceipt[]>
  #closing: Promise<void> | undefined

  constructor(writer: Writer, options: AdapterOptions) {
    this.#writer = writer
    this.#reader = openReader(options.path)
    // The pages of other connections grow stale with every commit.
    this.#streams = new StreamReader(writer.database ?? this.#reader)
    this.#log = new LogReader(this.#reader)
    const hint = new WriteHint(`${fileOf(this.#reader)}-wal`)
    this.#watch = new CommitWatch(this.#log, hint, options.pollInterval)
    this.#clock = new StorageClock(this.#reader)
    this.#inspection = new FileInspection(this.#reader, options)
    this.#turns = new Turns(options.lockTimeout)
    this.#access = new Access(this.#reader, options, this.#turns, () => this.#watch.look())
    this.#wakeUps = new WakeUps(this.#access, (count) => this.#watch.noteWakeUp(count))
    this.documents = new Documents(this.#access, this.#reader)
    this.sql = new SqlRunner(this.#access, this.#reader)
    this.transfer = new Transfer(this.#access, this.#reader)
    this.maintenance = new Maintenance(this.#access, this.#reader)
    this.#appends = new GroupCommit((group) => this.#commit(group), {
      weigh: (append) => append.reduce((sum, { events }) => sum + events.length, 0),
      maxWeight: maxGroupEvents,
      schedule: (start) => this.#schedule.start(start),
    })
  }

  append(append: Append, transaction?: Database.Database): Promise<readonly StreamReceipt[]> {
    if (transaction !== undefined)
      return this.#access.inside(transaction, ({ writer }) => writer.storeAlone(append))
    if (this.#closing !== undefined) return Promise.reject(new StoreClosedError())
    return this.#appends.submit(append)
  }

  readStream(query: StreamQuery, transaction?: Database.Database): Promise<readonly StoredEvent[]> {
    return transaction === undefined
      ? this.#access.read(() => this.#streams.readStream(query))
      : this.#access.inside(transaction, ({ reader }) => reader.readStream(query))
  }

  readFold(query: StreamQuery, transaction?: Database.Database): Promise<readonly FoldRow[]> {
    return transaction === undefined
      ? this.#access.read(() => this.#streams.readFold(query))
      : this.#access.inside(transaction, ({ reader }) => reader.readFold(query))
  }

  streamInfo(stream: string, transaction?: Database.Database): Promise<StreamInfo | undefined> {
    return transaction === undefined
      ? this.#access.read(() => this.#streams.streamInfo(stream))
      : this.#access.inside(transaction, ({ reader }) => reader.streamInfo(stream))
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    return this.#access.read(() => this.#log.readPage(query))
  }

  async head(): Promise<number> {
    return this.#access.read(() => this.#log.head())
  }

  async onAppend(listener: AppendListener): Promise<() => Promise<void>> {
    const end = await this.#access.read(() => this.#watch.add(listener))
    return async () => end()
  }

  wakeUp(): void {
    this.#watch.wakeUp()
    this.#wakeUps.write()
  }

  async now(): Promise<number> {
    return this.#access.read(() => this.#clock.now())
  }

  transaction<Result>(
    work: (transaction: Database.Database) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.#access.transaction(work, options)
  }

  async inspect(inspection: Inspection): Promise<readonly Finding[]> {
    return this.#access.read(() => this.#inspection.findings(inspection))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const ended = this.#access.end()
    await this.#appends.idle()
    await ended
    this.#watch.end()
    this.#access.close()
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
    try {
      const outcomes = this.#writer.commit(group)
      if (!(outcomes instanceof Promise)) return this.#endTurn(group, outcomes)
      return outcomes.then(
        (settled) => this.#endTurn(group, settled),
        (error: unknown) => this.#failTurn(error),
      )
    } catch (error) {
      return this.#failTurn(error)
    }
  }

  #endTurn(group: readonly Append[], outcomes: readonly Outcome[]): readonly Outcome[] {
    this.#turns.pass()
    const appends = group.filter((_, index) => isStored(outcomes[index] as Outcome))
    this.#watch.stored(appends, lastPosition(outcomes))
    return outcomes
  }

  /** What was stored nevertheless, the file tells. */
  #failTurn(error: unknown): never {
    this.#turns.pass()
    this.#watch.look()
    throw error
  }
}

function isStored(outcome: Outcome): boolean {
  return !('error' in outcome) && outcome.value.every(({ duplicate }) => !duplicate)
}

function lastPosition(outcomes: readonly Outcome[]): number {
  let last = 0
  for (const outcome of outcomes) {
    if ('error' in outcome) continue
    for (const { position } of outcome.value) last = Math.max(last, position)
  }
  return last
}
