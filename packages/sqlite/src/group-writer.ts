import { isEventfoldError } from '@eventfold/core'
import type { Settled, StreamReceipt, StreamWrite } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { EventWriter } from './event-writer.ts'
import { isConstraint, translateError } from './sqlite-errors.ts'
import { untilFree } from './until-free.ts'

export type Append = readonly StreamWrite[]
export type Outcome = Settled<readonly StreamReceipt[]>

/** Commits groups of appends; rejects where none of a group could be stored. */
export interface Writer {
  /** What it writes on, where that is in this thread: free to read on between commits, and warm from them. */
  readonly database?: Database.Database
  commit(group: readonly Append[]): readonly Outcome[] | Promise<readonly Outcome[]>
  close(): Promise<void>
}

/** Commits groups of appends on a connection of its own, one transaction each. */
export class GroupWriter implements Writer {
  readonly database: Database.Database
  readonly #lockTimeout: number
  readonly #events: EventWriter
  readonly #begin: Database.Statement<[]>
  readonly #commit: Database.Statement<[]>
  readonly #rollback: Database.Statement<[]>

  constructor(database: Database.Database, lockTimeoutMilliseconds: number) {
    this.database = database
    this.#lockTimeout = lockTimeoutMilliseconds
    this.#events = new EventWriter(database)
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
  }

  commit(group: readonly Append[]): readonly Outcome[] | Promise<readonly Outcome[]> {
    const stored = isOneStatement(group)
      ? this.#storeAlone(group[0] as Append)
      : this.#begun(() => this.#storeAll(group))
    if (stored instanceof Promise) return stored.then((outcomes) => outcomes ?? this.#judgeAll(group))
    return stored ?? this.#judgeAll(group)
  }

  async close(): Promise<void> {
    this.database.close()
  }

  /** Without BEGIN and COMMIT: a statement is a transaction of its own. */
  #storeAlone(append: Append): readonly Outcome[] | undefined | Promise<readonly Outcome[] | undefined> {
    const store = () => [{ value: this.#events.store(append, Date.now()) }]
    try {
      const stored = untilFree(store, this.#lockTimeout)
      return stored instanceof Promise ? stored.catch(refuse) : stored
    } catch (error) {
      return refuse(error)
    }
  }

  #judgeAll(group: readonly Append[]): readonly Outcome[] | Promise<readonly Outcome[]> {
    return this.#begun(() => this.#judgeEach(group))
  }

  #begun<Result>(work: () => Result | Promise<Result>): Result | Promise<Result> {
    try {
      const begun = untilFree(() => this.#begin.run(), this.#lockTimeout)
      if (!(begun instanceof Promise)) return work()
      return begun.then(work).catch((error: unknown) => {
        throw translateError(error)
      })
    } catch (error) {
      throw translateError(error)
    }
  }

  /** All appends as if all were right; undefined, and nothing stored, if one is refused. */
  #storeAll(group: readonly Append[]): readonly Outcome[] | undefined {
    try {
      const recordedAt = Date.now()
      const outcomes = group.map((append) => ({ value: this.#events.store(append, recordedAt) }))
      this.#end()
      return outcomes
    } catch (error) {
      this.#undo()
      if (isConstraint(error)) return undefined
      throw error
    }
  }

  /** Each append with a judgement and an outcome of its own. */
  #judgeEach(group: readonly Append[]): readonly Outcome[] {
    try {
      const recordedAt = Date.now()
      const outcomes = group.map((append) => this.#judge(append, recordedAt))
      this.#end()
      return outcomes
    } catch (error) {
      this.#undo()
      throw error
    }
  }

  #judge(append: Append, recordedAt: number): Outcome {
    try {
      return { value: this.#events.judgeAndStore(append, recordedAt) }
    } catch (error) {
      if (isEventfoldError(error)) return { error }
      if (isConstraint(error)) return { error: translateError(error) }
      throw error
    }
  }

  #end(): void {
    try {
      this.#commit.run()
    } catch (error) {
      throw translateError(error, 'unknown')
    }
  }

  #undo(): void {
    // After a full disk SQLite has rolled back by itself.
    if (this.database.inTransaction) this.#rollback.run()
  }
}

/** Whether the writer stores the group by a single statement. */
function isOneStatement(group: readonly Append[]): boolean {
  const append = group[0]
  const events = append?.[0]?.events
  return group.length === 1 && append?.length === 1 && events?.length === 1 && events[0]?.tags.length === 0
}

/** Lets a refused append be judged. */
function refuse(error: unknown): undefined {
  if (isConstraint(error)) return undefined
  throw translateError(error, 'unknown')
}
