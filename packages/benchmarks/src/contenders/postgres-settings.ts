import type { Settings } from '../contender.ts'

const names = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'shared_buffers',
  'max_wal_size',
]

interface Rows {
  readonly rows: readonly Record<string, unknown>[]
}

/** What a connection has in force. `synchronous_commit` may differ from one connection to the next. */
export async function readServerSettings(query: (sql: string) => Promise<Rows>): Promise<Settings> {
  const columns = names.map((name) => `current_setting('${name}') AS ${name}`)
  const { rows } = await query(`SELECT ${columns.join(', ')}`)
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, String(value)]))
}
