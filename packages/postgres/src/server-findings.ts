import type { Finding } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { run, statement } from './statement.ts'

/** Share of the connections from which on it is worth a word. */
const fullFrom = 0.8

/** Settings of the server, as the sessions of the store have them, and how full it is. */
export async function serverFindings(client: ClientBase): Promise<readonly Finding[]> {
  const [row = []] = await run(client, readSettings, [])
  const [fsync, fullPages, commit, idleTransaction, idleSession, statementTimeout, standbys] = row
  const [mostConnections, connections, isStandby] = row.slice(7)
  return [
    ...unsafe('fsync', fsync, 'error', 'a crash of the machine can lose and damage everything'),
    ...unsafe('full_page_writes', fullPages, 'error', 'a crash of the machine can damage pages for good'),
    ...unsafe(
      'synchronous_commit',
      commit,
      'warning',
      'the last appends may be lost in a crash of the server',
    ),
    ...onlyLocal(commit ?? '', standbys ?? ''),
    ...(idleTransaction === '0' ? [noIdleTimeout()] : []),
    ...(idleSession === '0' ? [] : [idleSessions(Number(idleSession))]),
    ...crowded(Number(connections), Number(mostConnections)),
    ...(isStandby === 't' ? [standby()] : []),
    {
      code: 'postgres-server',
      severity: 'info',
      message: `The server has ${connections} of ${mostConnections} connections in use.`,
      advice: 'Count the pools of all processes together.',
      details: {
        connections: Number(connections),
        maxConnections: Number(mostConnections),
        synchronousCommit: commit ?? null,
        statementTimeout: Number(statementTimeout),
        idleInTransactionSessionTimeout: Number(idleTransaction),
      },
    },
  ]
}

function unsafe(setting: string, value: unknown, severity: 'error' | 'warning', danger: string): Finding[] {
  if (value !== 'off') return []
  return [
    {
      code: `postgres-${setting.replaceAll('_', '-')}`,
      severity,
      message: `${setting} is off: ${danger}.`,
      advice: `Set ${setting} = on, for the server, the database and the role, and open new connections.`,
      details: { setting, value: 'off' },
    },
  ]
}

function onlyLocal(commit: string, standbys: string): Finding[] {
  if (standbys === '' || commit !== 'local') return []
  return [
    {
      code: 'postgres-local-commit',
      severity: 'warning',
      message:
        'There are synchronous standbys, but appends do not wait for them: a failover may lose the last.',
      advice: 'Set synchronous_commit = on, unless that is what you want.',
      details: { synchronousCommit: commit, synchronousStandbyNames: standbys },
    },
  ]
}

const noIdleTimeout = (): Finding => ({
  code: 'postgres-no-idle-timeout',
  severity: 'info',
  message: 'A transaction that somebody leaves open is never ended, and holds up readers if it has appended.',
  advice: 'Set idle_in_transaction_session_timeout, such as to 60s, for the roles of your programs.',
  details: { idleInTransactionSessionTimeout: 0 },
})

const idleSessions = (milliseconds: number): Finding => ({
  code: 'postgres-idle-session-timeout',
  severity: 'warning',
  message: `Sessions that idle for ${milliseconds} ms are ended, also the one that listens for appends.`,
  advice: 'Set idle_session_timeout = 0 for the role of the store.',
  details: { idleSessionTimeout: milliseconds },
})

function crowded(connections: number, most: number): Finding[] {
  if (connections < most * fullFrom) return []
  return [
    {
      code: 'postgres-connections',
      severity: 'warning',
      message: `${connections} of ${most} connections are in use: soon nobody will get another one.`,
      advice: 'Make pools smaller, put a pooler in front, or raise max_connections.',
      details: { connections, maxConnections: most },
    },
  ]
}

const standby = (): Finding => ({
  code: 'postgres-standby',
  severity: 'warning',
  message: 'The server is a standby: it can be read, and nothing can be appended.',
  advice: 'Connect to the primary to append.',
  details: {},
})

const readSettings = statement(
  'doctor_settings',
  `SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
    (SELECT setting FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'),
    (SELECT setting FROM pg_settings WHERE name = 'idle_session_timeout'),
    (SELECT setting FROM pg_settings WHERE name = 'statement_timeout'),
    current_setting('synchronous_standby_names'),
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    pg_is_in_recovery()`,
)
