import { judgeImport, type StoredEvent } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import type { Parameter } from './row-inserts.ts'
import { type IdentityRow, identitiesSql, toIdentity } from './rows.ts'

/** Stores events as they were in another store, in the open transaction of one handle. It begins and ends none. */
export class EventImport {
  readonly #head: Database.Statement<[], number>
  readonly #version: Database.Statement<[string], number>
  readonly #byIds: Database.Statement<[string], IdentityRow>
  readonly #insert: Database.Statement<Parameter[]>
  readonly #tag: Database.Statement<[string, number]>

  constructor(database: Database.Database) {
    this.#head = database
      .prepare<[], number>('SELECT coalesce(max(position), 0) FROM eventfold_events')
      .pluck()
    this.#version = database
      .prepare<[string], number>('SELECT coalesce(max(version), 0) FROM eventfold_events WHERE stream = ?')
      .pluck()
    this.#byIds = database.prepare(identitiesSql)
    this.#insert = database.prepare(`
      INSERT INTO eventfold_events
        (position, recorded_at, id, type, schema_version, tags, metadata, data, stream, version)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#tag = database.prepare('INSERT INTO eventfold_tags (tag, position) VALUES (?, ?)')
  }

  /** @throws ImportConflictError; the caller rolls back */
  store(events: readonly StoredEvent[]): void {
    const ids = JSON.stringify(events.map(({ id }) => id))
    judgeImport(events, {
      head: this.#head.get() as number,
      versionOf: (stream) => this.#version.get(stream) as number,
      taken: this.#byIds.all(ids).map(toIdentity),
    })
    for (const event of events) this.#store(event)
  }

  #store(event: StoredEvent): void {
    const { position, recordedAt, id, type, schemaVersion, tags, metadata, data, stream, version } = event
    this.#insert.run(
      position,
      recordedAt,
      id,
      type,
      schemaVersion,
      tags.length === 0 ? null : JSON.stringify(tags),
      metadata === '' ? null : metadata,
      data,
      stream,
      version,
    )
    for (const tag of tags) this.#tag.run(tag, position)
  }
}
