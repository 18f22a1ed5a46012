import {
  type EncodedEvent,
  judgeAppend,
  type StoredIdentity,
  type StreamReceipt,
  type StreamWrite,
} from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { EventInserts } from './event-inserts.ts'
import { type IdentityRow, identitiesSql, toIdentity } from './rows.ts'
import { isConstraint } from './sqlite-errors.ts'

/** Stores events in the open transaction of one handle. It begins and ends none. */
export class EventWriter {
  readonly #inserts: EventInserts
  readonly #version: Database.Statement<[string], number>
  readonly #isClosed: Database.Statement<[string], number>
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
    this.#isClosed = prepare<[string], number>(
      'SELECT closed FROM eventfold_stream_marks WHERE stream = ?',
    ).pluck()
    this.#byIds = prepare(identitiesSql)
    this.#savepoint = prepare('SAVEPOINT eventfold_append')
    this.#release = prepare('RELEASE eventfold_append')
    this.#rollback = prepare('ROLLBACK TO eventfold_append')
  }

  /**
   * Stores an append that is most likely right. Where it is not, this throws in the middle, and the caller rolls
   * back and judges. A single event without tags is one statement.
   */
  store(writes: readonly StreamWrite[], recordedAt: number): readonly StreamReceipt[] {
    return writes.map((write) => this.#storeWrite(write, recordedAt))
  }

  #storeWrite({ stream, expected, events }: StreamWrite, recordedAt: number): StreamReceipt {
    const first = this.#inserts.insertNext(stream, expected, events[0] as EncodedEvent, recordedAt)
    const [version, position] = first
    if (events.length === 1) return { stream, version, position, duplicate: false }
    const others = events.slice(1)
    const last = this.#inserts.insert(stream, version + 1, others, recordedAt)
    return { stream, version: version + others.length, position: last, duplicate: false }
  }

  /**
   * Judges an append, then stores it. All or nothing.
   *
   * @throws StreamClosedError, ConcurrencyError, EventIdConflictError
   */
  judgeAndStore(writes: readonly StreamWrite[], recordedAt: number): readonly StreamReceipt[] {
    return this.#atomically(() => {
      const duplicate = judgeAppend(
        writes,
        this.#findStored(writes),
        (stream) => this.#version.get(stream) as number,
        (stream) => this.#isClosed.get(stream) === 1,
      )
      return duplicate ?? this.store(writes, recordedAt)
    })
  }

  /** The same for an append alone in a transaction of somebody else: looks up ids only where it was refused. */
  storeAlone(writes: readonly StreamWrite[]): readonly StreamReceipt[] {
    const recordedAt = Date.now()
    try {
      return this.#atomically(() => this.store(writes, recordedAt))
    } catch (error) {
      if (!isConstraint(error)) throw error
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

  #findStored(writes: readonly StreamWrite[]): readonly StoredIdentity[] {
    const ids = writes.flatMap(({ events }) => events.map(({ id }) => id))
    return this.#byIds.all(JSON.stringify(ids)).map(toIdentity)
  }
}
