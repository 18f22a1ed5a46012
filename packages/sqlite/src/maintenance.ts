import type { MaintenanceAdapter, StreamMark } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import type { Access } from './access.ts'
import { MarkReader } from './mark-reader.ts'

/** Closes streams and removes events, in transactions of the store's own. */
export class Maintenance implements MaintenanceAdapter<Database.Database> {
  readonly #access: Access
  readonly #marks: MarkReader

  constructor(access: Access, reader: Database.Database) {
    this.#access = access
    this.#marks = new MarkReader(reader)
  }

  /** A transaction of the store is the only one that writes. */
  lock(transaction: Database.Database): Promise<void> {
    return this.#access.inside(transaction, () => {})
  }

  setClosed(stream: string, isClosed: boolean, transaction: Database.Database): Promise<void> {
    return this.#access.inside(transaction, ({ maintenance }) => maintenance.setClosed(stream, isClosed))
  }

  removeBefore(stream: string, before: number, transaction: Database.Database): Promise<void> {
    return this.#access.inside(transaction, ({ maintenance }) => maintenance.removeBefore(stream, before))
  }

  isRemoved(position: number): Promise<boolean> {
    return this.#access.read(() => this.#marks.isRemoved(position))
  }

  listMarks(after: string | undefined, limit: number): Promise<readonly StreamMark[]> {
    return this.#access.read(() => this.#marks.list(after, limit))
  }

  putMarks(marks: readonly StreamMark[]): Promise<void> {
    return this.#access.write(undefined, ({ maintenance }) => maintenance.putMarks(marks))
  }
}
