import type Database from 'better-sqlite3'

const pauseMilliseconds = 10

/** Ends the transaction of a connection and closes it, so that nobody can go on with it. */
export function discard(database: Database.Database): void {
  if (close(database)) return
  // Somebody goes through rows of it, and the driver closes it only after that.
  database.unsafeMode(true)
  if (database.inTransaction) database.exec('ROLLBACK')
  database.pragma('query_only = ON')
  database.unsafeMode(false)
  const timer = setInterval(() => {
    if (close(database)) clearInterval(timer)
  }, pauseMilliseconds)
  timer.unref()
}

function close(database: Database.Database): boolean {
  try {
    database.close()
    return true
  } catch {
    return false
  }
}
