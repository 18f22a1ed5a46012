import type Database from 'better-sqlite3'

/** The clock of SQLite, which is that of the machine. */
export class StorageClock {
  readonly #now: Database.Statement<[], number>

  constructor(database: Database.Database) {
    this.#now = database
      .prepare<[], number>(`SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER)`)
      .pluck()
  }

  /** In whole milliseconds, as the time at which an event is recorded. */
  now(): number {
    return this.#now.get() as number
  }
}
