import type { Finding } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { run, statement } from './statement.ts'

/** Replication slots that nobody reads, for which the server keeps its log for ever. */
export async function slotFindings(client: ClientBase): Promise<readonly Finding[]> {
  const rows = await run(client, findSlots, [])
  return rows.map(([name = null, bytes]) => ({
    code: 'postgres-inactive-slot',
    severity: 'warning',
    message: `Nobody reads replication slot ${name}, and the server keeps ${(Number(bytes) / 1_000_000).toFixed(1)} MB of its log for it.`,
    advice: `Start its reader, or run: SELECT pg_drop_replication_slot('${name}'). A full disk stops the server.`,
    details: { slot: name, bytes: Number(bytes) },
  }))
}

const findSlots = statement(
  'doctor_slots',
  `SELECT slot_name,
    CASE WHEN pg_is_in_recovery() THEN 0 ELSE coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0) END
  FROM pg_replication_slots WHERE NOT active ORDER BY slot_name`,
)
