import type { Finding, Inspection } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import type { LogHead } from './log-reader.ts'
import { lockSpace } from './migrations/001/ordering.ts'
import { openWriters } from './open-writers.ts'
import { run, statement } from './statement.ts'

/** Longest that an open append is nothing special, in milliseconds. */
const longestAppend = 5_000

/** Who holds up readers, and whose transactions stay open. */
export async function sessionFindings(
  client: ClientBase,
  schema: string,
  { safe, newest }: LogHead,
  { patience }: Inspection,
): Promise<readonly Finding[]> {
  const writers = (await openWriters(client, lockSpace(schema))).filter(
    ({ seconds }) => seconds * 1000 >= Math.min(patience, longestAppend),
  )
  const idle = await run(client, findIdle, [patience])
  return [
    ...writers.map(({ pid, applicationName, state, seconds }): Finding => {
      const who = `${applicationName || 'somebody'} (pid ${pid}, ${state})`
      const isHeldUp = newest > safe
      return {
        code: 'postgres-readers-blocked',
        severity: isHeldUp ? 'error' : 'warning',
        message:
          `A transaction of ${who} has appended and is open for ${Math.round(seconds)} seconds: ` +
          `readers get to position ${safe}, and the log to ${newest}.`,
        advice: `Let it commit or roll back; if nobody can, run: SELECT pg_terminate_backend(${pid})`,
        details: { pid, applicationName, state, seconds, readableUpTo: safe, newest },
      }
    }),
    ...idle
      .filter(([pid]) => !writers.some((writer) => writer.pid === Number(pid)))
      .map(
        ([pid, applicationName = null, user = null, seconds]): Finding => ({
          code: 'postgres-idle-transaction',
          severity: 'warning',
          message: `A transaction of ${applicationName || user} (pid ${pid}) has been idle for ${Math.round(Number(seconds))} seconds.`,
          advice:
            'It keeps its locks, and old rows from being cleaned up. Commit it, or set ' +
            'idle_in_transaction_session_timeout for its role.',
          details: { pid: Number(pid), applicationName, user, seconds: Number(seconds) },
        }),
      ),
  ]
}

/** $1: for how long, in milliseconds. */
const findIdle = statement(
  'doctor_idle',
  `SELECT pid, application_name, usename, date_part('epoch', clock_timestamp() - state_change)
  FROM pg_stat_activity
  WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
    AND clock_timestamp() - state_change >= $1::bigint * interval '1 millisecond'
  ORDER BY state_change LIMIT 10`,
)
