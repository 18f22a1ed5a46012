import {
  LockTimeoutError,
  StorageFullError,
  StoreFailureError,
  StoreSetupError,
  StoreUnavailableError,
} from '@eventfold/core'

/** The extended result code, such as SQLITE_BUSY_SNAPSHOT; undefined if the error is not of SQLite. */
function codeOf(error: unknown): string | undefined {
  // Not by instanceof: a handle of the user may come from another copy of better-sqlite3.
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return error.code.startsWith('SQLITE_') ? error.code : undefined
}

/** Whether somebody else holds a lock for now, so that the same call may succeed in a moment. */
export function isLocked(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined || code === 'SQLITE_BUSY_SNAPSHOT') return false
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}

/** Whether the database refused a row: a unique index, a check or a trigger. */
export function isConstraint(error: unknown): boolean {
  return codeOf(error)?.startsWith('SQLITE_CONSTRAINT') ?? false
}

/**
 * Turns an error of the driver into one of Eventfold; hands on what is no error of SQLite.
 *
 * @param outcome `'unknown'` where a commit may have gone through all the same
 */
export function translateError(error: unknown, outcome: 'not-stored' | 'unknown' = 'not-stored'): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  const { message } = error as Error
  const reason = `${message}, ${code}`
  const options = { cause: error }
  if (isLocked(error)) return new LockTimeoutError(0, options)
  if (code === 'SQLITE_BUSY_SNAPSHOT') {
    return new StoreUnavailableError(
      'not-stored',
      'the transaction has read before somebody else wrote; begin it with BEGIN IMMEDIATE',
      options,
    )
  }
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' || code.startsWith('SQLITE_READONLY')) {
    return new StorageFullError(reason, options)
  }
  if (code.startsWith('SQLITE_IOERR')) return new StoreUnavailableError(outcome, reason, options)
  if (code.startsWith('SQLITE_CANTOPEN')) return new StoreUnavailableError('not-stored', reason, options)
  return new StoreFailureError(reason, options)
}

/** The same for what goes wrong while a store is opened. */
export function translateOpenError(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return new StoreSetupError(
      'schema-damaged',
      'The file is not a database of SQLite, or it is damaged. Restore a backup, or open another file.',
      { cause: error },
    )
  }
  return translateError(error)
}
