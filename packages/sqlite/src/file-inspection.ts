import { statSync } from 'node:fs'
import type { Finding, Inspection } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { walLimit } from './connection.ts'
import { networkDriveOf } from './network-drive.ts'
import { latestSchemaObjects, schemaObjects } from './schema-objects.ts'
import type { WriterOptions } from './writer-options.ts'

/** Looks a file over, by a connection that only reads. */
export class FileInspection {
  readonly #database: Database.Database
  readonly #options: Pick<WriterOptions, 'path' | 'synchronous'>

  constructor(database: Database.Database, options: Pick<WriterOptions, 'path' | 'synchronous'>) {
    this.#database = database
    this.#options = options
  }

  findings({ thorough }: Pick<Inspection, 'thorough'>): readonly Finding[] {
    return [
      ...this.#synchronous(),
      ...this.#journalMode(),
      ...this.#drive(),
      ...this.#ownObjects(),
      ...this.#foreignObjects(),
      ...this.#wal(),
      ...(thorough ? this.#damage() : []),
      this.#size(),
    ]
  }

  #synchronous(): Finding[] {
    const { synchronous } = this.#options
    if (synchronous === 'full') return []
    return [
      {
        code: 'sqlite-synchronous',
        severity: 'warning',
        message: 'This store does not wait for the disk: the last appends may be lost with the power.',
        advice: "Open it with synchronous: 'full', unless that is what you want.",
        details: { synchronous },
      },
    ]
  }

  #journalMode(): Finding[] {
    const mode = String(this.#database.pragma('journal_mode', { simple: true }))
    if (mode === 'wal') return []
    return [
      {
        code: 'sqlite-journal-mode',
        severity: 'error',
        message: `The file is in journal mode ${mode}, so that readers and writers wait for each other.`,
        advice: 'Somebody has changed it: open the store again, which changes it back to WAL.',
        details: { mode },
      },
    ]
  }

  #drive(): Finding[] {
    const kind = networkDriveOf(this.#options.path)
    if (kind === undefined) return []
    return [
      {
        code: 'sqlite-network-drive',
        severity: 'error',
        message: `The file is on a network drive (${kind}), where locks and shared memory of SQLite do not work.`,
        advice: 'Move it to a local disk, or move the store to Postgres.',
        details: { kind, path: this.#options.path },
      },
    ]
  }

  #ownObjects(): Finding[] {
    const found = schemaObjects(this.#database)
    return [...latestSchemaObjects()]
      .filter(([name, sql]) => found.get(name) !== sql)
      .map(([name, sql]) => ({
        code: 'sqlite-schema-object',
        severity: 'error',
        message: `${name} ${found.has(name) ? 'is not as the store made it' : 'is missing'}, and guarantees rest on it.`,
        advice: `Restore a backup, or make it again with: ${sql}`,
        details: { name },
      }))
  }

  /** Indexes and triggers that somebody else has put on the tables of the store. */
  #foreignObjects(): Finding[] {
    const own = latestSchemaObjects()
    const rows = this.#database
      .prepare<[], [name: string, type: string, table: string]>(
        `SELECT name, type, tbl_name FROM sqlite_schema
        WHERE type IN ('index', 'trigger') AND tbl_name GLOB 'eventfold_*' AND sql IS NOT NULL ORDER BY name`,
      )
      .raw()
      .all()
    return rows
      .filter(([name]) => !own.has(name))
      .map(([name, type, table]) => ({
        code: 'sqlite-foreign-object',
        severity: 'warning',
        message: `The ${type} ${name} on ${table} is not part of the store.`,
        advice:
          type === 'trigger'
            ? `It may change or refuse what is stored. Use a consumer instead, and run: DROP TRIGGER "${name}"`
            : `It makes every write slower. Use a read model instead, and run: DROP INDEX "${name}"`,
        details: { name, type, table },
      }))
  }

  #wal(): Finding[] {
    const bytes = sizeOf(`${this.#options.path}-wal`)
    if (bytes <= walLimit) return []
    return [
      {
        code: 'sqlite-wal-large',
        severity: 'warning',
        message: `The write-ahead log has grown to ${megabytes(bytes)} MB, because some reader keeps it from being emptied.`,
        advice: 'Look for a process with an open read transaction or iterator on the file, and end it.',
        details: { bytes, limit: walLimit },
      },
    ]
  }

  #damage(): Finding[] {
    const problems = this.#check()
    if (problems.length === 0) return []
    return [
      {
        code: 'sqlite-damaged',
        severity: 'error',
        message: `The file is damaged: ${problems[0]}`,
        advice: 'Stop writing. Restore a backup, or save what can be read with exportLog.',
        details: { problems },
      },
    ]
  }

  #check(): string[] {
    try {
      const rows = this.#database.prepare<[], string>('PRAGMA quick_check(10)').pluck().all()
      return rows.filter((row) => row !== 'ok')
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string }
      if (code?.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return [message]
      throw error
    }
  }

  #size(): Finding {
    const pageSize = Number(this.#database.pragma('page_size', { simple: true }))
    const freeBytes = pageSize * Number(this.#database.pragma('freelist_count', { simple: true }))
    const bytes = sizeOf(this.#options.path)
    const walBytes = sizeOf(`${this.#options.path}-wal`)
    return {
      code: 'sqlite-size',
      severity: 'info',
      message: `The file has ${megabytes(bytes)} MB, ${megabytes(freeBytes)} MB of it free, and a log of ${megabytes(walBytes)} MB.`,
      advice: 'See that the disk has room for as much again.',
      details: { bytes, freeBytes, walBytes },
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}
