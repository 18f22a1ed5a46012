import { type EventStoreOptions, InvalidInputError } from '@eventfold/core'
import type Database from 'better-sqlite3'
import { checkPath, checkSqliteVersion, openWriter } from './connection.ts'
import { GroupWriter } from './group-writer.ts'
import { migrate } from './migrate.ts'
import { SqliteAdapter } from './sqlite-adapter.ts'
import { translateOpenError } from './sqlite-errors.ts'
import { SqliteStore } from './sqlite-store.ts'
import { ThreadWriter } from './thread-writer.ts'
import { untilFree } from './until-free.ts'
import type { WriterOptions } from './writer-options.ts'

export interface SqliteOptions extends EventStoreOptions {
  /**
   * `'full'`: an append that has resolved survives a crash of the machine. `'normal'`: it survives a crash of the
   * process, but the last ones may be lost, as a whole, with the power; several times as many appends a second.
   * Default `'full'`.
   */
  readonly synchronous?: 'full' | 'normal'
  /** How long an append waits while somebody else writes to the file, in milliseconds. Default 5,000. */
  readonly lockTimeout?: number
  /**
   * Whether a thread of its own writes, so that commits and checkpoints never hold up the event loop. One append
   * after another takes longer then; many at once do not. Default false.
   */
  readonly workerThread?: boolean
  /** Whether opening creates the schema or brings it up to date. Default true. */
  readonly migrate?: boolean
  /** How often the file is looked at for appends of other processes while somebody listens, in ms. Default 20. */
  readonly pollInterval?: number
}

/**
 * Opens the store in a file of SQLite, and creates it where there is none. Any number of stores, in any number of
 * processes of one machine, may have a file open. The file must not be on a network drive.
 *
 * @throws StoreSetupError the file is not as this version needs it; the message names the remedy
 * @throws InvalidInputError an option is wrong, or the folder does not exist
 * @throws LockTimeoutError, StorageFullError, StoreUnavailableError, StoreFailureError
 * @example
 * const store = await openSqlite('bank.db')
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<SqliteStore> {
  const writerOptions: WriterOptions = {
    path: checkPath(path),
    synchronous: checkSynchronous(options.synchronous ?? 'full'),
    lockTimeout: checkMilliseconds(options.lockTimeout ?? 5_000, 'lockTimeout', 0),
  }
  const pollInterval = checkMilliseconds(options.pollInterval ?? 20, 'pollInterval', 1)
  const opened: { close(): unknown }[] = []
  try {
    const database = await untilFree(() => openWriter(writerOptions), writerOptions.lockTimeout)
    opened.push(database)
    await prepareFile(database, writerOptions.lockTimeout, options.migrate ?? true)
    const writer = options.workerThread
      ? await ThreadWriter.start(writerOptions)
      : new GroupWriter(database, writerOptions.lockTimeout)
    opened.push(writer)
    const adapter = new SqliteAdapter(writer, { ...writerOptions, pollInterval })
    // Not before the others are open: whoever leaves a file as the last locks it for a moment.
    if (options.workerThread) database.close()
    return new SqliteStore(adapter, options)
  } catch (error) {
    for (const resource of opened.reverse()) await resource.close()
    throw translateOpenError(error)
  }
}

async function prepareFile(
  database: Database.Database,
  lockTimeout: number,
  mayMigrate: boolean,
): Promise<void> {
  checkSqliteVersion(database.prepare<[], string>('SELECT sqlite_version()').pluck().get() as string)
  await untilFree(() => migrate(database, mayMigrate), lockTimeout)
}

function checkSynchronous(value: 'full' | 'normal'): 'full' | 'normal' {
  if (value === 'full' || value === 'normal') return value
  throw new InvalidInputError(
    'invalid-option',
    `synchronous is ${JSON.stringify(value)}; it must be 'full' or 'normal'.`,
  )
}

function checkMilliseconds(value: number, option: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return value
  throw new InvalidInputError(
    'invalid-option',
    `${option} is ${String(value)}; it must be a whole number of milliseconds from ${least}.`,
  )
}
