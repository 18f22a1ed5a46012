import { ConcurrencyError, type ExpectedVersion } from '@eventfold/core'
import {
  judgeAppend,
  meetsExpectation,
  type StoredIdentity,
  type StreamReceipt,
  type StreamWrite,
} from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { EventInserts } from './event-inserts.ts'
import { type IdentityRow, identityColumns, toIdentity } from './rows.ts'
import { isConstraint } from './sqlite-errors.ts'

/** Stores events in the open transaction of one handle. It begins and ends none. */
export class EventWriter {
  readonly #inserts: EventInserts
  readonly #version: Database.Statement<[string], number>
  readonly #byIds: Database.Statement<[string], IdentityRow>
  readonly #savepoint: Database.Statement<[]>
  readonly #release: Database.Statement<[]>
  readonly #rollback: Database.Statement<[]>

  constructor(database: Database.Database) {
    // A handle of the user may have BigInt as its default.
    const prepare = <Parameters extends unknown[], Row>(sql: string) =>
      database.prepare<Parameters, Row>(sql).safeIntegers(false)
    this.#inserts = new EventInserts(database)
    this.#version = prepare<[string], number>(
      'SELECT coalesce(max(version), 0) FROM eventfold_events WHERE stream = ?',
    ).pluck()
    this.#byIds = prepare(`
      SELECT ${identityColumns} FROM eventfold_events
      WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))`)
    this.#savepoint = prepare('SAVEPOINT eventfold_append')
    this.#release = prepare('RELEASE eventfold_append')
    this.#rollback = prepare('ROLLBACK TO eventfold_append')
  }

  /**
   * Stores an append that is most likely right. Where it is not, this throws in the middle, and the caller rolls
   * back and judges: see {@link isRefusal}.
   */
  store(writes: readonly StreamWrite[], recordedAt: number): readonly StreamReceipt[] {
    return writes.map(({ stream, expected, events }) => {
      const version = this.#firstVersion(stream, expected)
      const position = this.#inserts.insert(stream, version, events, recordedAt)
      return { stream, version: version + events.length - 1, position, duplicate: false }
    })
  }

  /**
   * Judges an append, then stores it. All or nothing.
   *
   * @throws ConcurrencyError, EventIdConflictError
   */
  judgeAndStore(writes: readonly StreamWrite[], recordedAt: number): readonly StreamReceipt[] {
    return this.#atomically(() => {
      const duplicate = judgeAppend(writes, this.#findStored(writes), (stream) => this.#versionOf(stream))
      return duplicate ?? this.store(writes, recordedAt)
    })
  }

  /** The same for an append alone in a transaction of somebody else: looks up ids only where it was refused. */
  storeAlone(writes: readonly StreamWrite[]): readonly StreamReceipt[] {
    const recordedAt = Date.now()
    try {
      return this.#atomically(() => this.store(writes, recordedAt))
    } catch (error) {
      if (!isRefusal(error)) throw error
      return this.judgeAndStore(writes, recordedAt)
    }
  }

  #atomically<Result>(work: () => Result): Result {
    this.#savepoint.run()
    try {
      const result = work()
      this.#release.run()
      return result
    } catch (error) {
      // After a full disk the whole transaction may be gone already.
      if (this.#savepoint.database.inTransaction) {
        this.#rollback.run()
        this.#release.run()
      }
      throw error
    }
  }

  /** A version that is only believed is checked by the insert: the database takes none but the next one. */
  #firstVersion(stream: string, expected: ExpectedVersion): number {
    if (typeof expected === 'number') return expected + 1
    if (expected === 'no-stream') return 1
    const actual = this.#versionOf(stream)
    if (!meetsExpectation(expected, actual)) throw new ConcurrencyError(stream, expected, actual)
    return actual + 1
  }

  #versionOf(stream: string): number {
    return this.#version.get(stream) as number
  }

  #findStored(writes: readonly StreamWrite[]): readonly StoredIdentity[] {
    const ids = writes.flatMap(({ events }) => events.map(({ id }) => id))
    return this.#byIds.all(JSON.stringify(ids)).map(toIdentity)
  }
}

/** Whether an append that was stored without a judgement has to be judged. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ConcurrencyError || isConstraint(error)
}
