import type { ClientBase } from 'pg'
import { run, statement } from './statement.ts'

/** A session with an open transaction that has appended. */
export interface OpenWriter {
  readonly pid: number
  readonly applicationName: string | null
  readonly state: string | null
  /** How long the transaction is open. */
  readonly seconds: number
}

/**
 * Those that keep later events from readers, the oldest first, and no more than ten.
 *
 * @param space first key of the announcements
 */
export async function openWriters(client: ClientBase, space: number): Promise<readonly OpenWriter[]> {
  const rows = await run(client, findWriters, [space])
  return rows.map(([pid, applicationName, state, seconds]) => ({
    pid: Number(pid),
    applicationName: applicationName ?? null,
    state: state ?? null,
    seconds: Number(seconds),
  }))
}

const findWriters = statement(
  'writers',
  `SELECT l.pid, a.application_name, a.state, date_part('epoch', clock_timestamp() - a.xact_start)
  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = $1::bigint::oid AND l.mode = 'ShareLock'
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  ORDER BY a.xact_start LIMIT 10`,
)
