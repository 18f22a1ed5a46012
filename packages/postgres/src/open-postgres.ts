import { type EventStoreOptions, InvalidInputError } from '@eventfold/core'
import { type ClientConfig, Pool } from 'pg'
import { Connections } from './connections.ts'
import type { Logger } from './logger.ts'
import { migrate } from './migrate.ts'
import type { Ordering } from './migrations/001/ordering.ts'
import { PostgresAdapter } from './postgres-adapter.ts'
import { PostgresStore } from './postgres-store.ts'
import { checkSchemaName } from './schema-name.ts'
import { verifySchema, verifyServer } from './verify-schema.ts'

export interface PostgresOptions extends EventStoreOptions {
  /** Where the database is; the store opens a pool of its own. Either this or `pool`. */
  readonly connectionString?: string
  /**
   * Your pool, which the store uses and never ends. Either this or `connectionString`. Without a
   * `connectionTimeoutMillis` of its own, the store waits 10 seconds for a client of it. A client that somebody released
   * inside a transaction is dropped.
   */
  readonly pool?: Pool
  /** Schema of the tables: one log each. Lower-case letters, digits and underscores, at most 40. Default `eventfold`. */
  readonly schema?: string
  /**
   * How readers know that nothing will appear behind them; a property of the schema. Default: what the schema has, and
   * `'announced'` for a new one. Another one than it has switches it, once the writers under way have ended.
   */
  readonly ordering?: Ordering
  /** Longest run of a statement on the server, in milliseconds. 0: what the server has. Default 30,000. */
  readonly statementTimeout?: number
  /** Longest wait of an append for a lock, in milliseconds. 0: what the server has. Default 5,000. */
  readonly lockTimeout?: number
  /** Whether to create the schema and to bring it up to date. Default true. */
  readonly migrate?: boolean
  /**
   * Whether appends of other processes wake the listeners of this one, over a connection of its own (LISTEN), which
   * can be another than that of the pool, for PgBouncer. Without it they are found by polling. Default true.
   */
  readonly listen?: boolean | { readonly connectionString: string }
  /** Longest time between two looks for new events while somebody listens, in milliseconds. Default 1,000. */
  readonly pollInterval?: number
  /** What `pg_stat_activity` shows for the connections that the store opens. Default `eventfold`. */
  readonly applicationName?: string
  /** Is told of what is worth a look, such as a transaction that holds readers back. Default: nobody. */
  readonly logger?: Logger
}

/** How long to wait for a connection, in milliseconds, where a pool does not say. */
const connectTimeout = 10_000

/**
 * Opens the event store in a PostgreSQL database, from version 14 on. Creates and upgrades the schema where that is
 * needed, and checks that nothing has damaged it.
 *
 * @throws InvalidInputError `invalid-option`
 * @throws StoreSetupError the database is not as it has to be; the message names the remedy
 * @throws StoreUnavailableError, StoreFailureError
 * @example
 * const store = await openPostgres({ connectionString: process.env.DATABASE_URL })
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresStore> {
  const schema = checkSchemaName(options.schema ?? 'eventfold')
  const statementTimeout = milliseconds(options.statementTimeout ?? 30_000, 'statementTimeout', 0)
  const lockTimeout = milliseconds(options.lockTimeout ?? 5_000, 'lockTimeout', 0)
  const pollInterval = milliseconds(options.pollInterval ?? 1_000, 'pollInterval', 1)
  const ordering = checkOrdering(options.ordering)
  const pool =
    checkPool(options) ?? new Pool({ ...ownConfig(options), connectionTimeoutMillis: connectTimeout })
  const connections = new Connections({
    pool,
    owned: options.pool === undefined,
    statementTimeout,
    lockTimeout,
    clientTimeout: pool.options.connectionTimeoutMillis ? 0 : connectTimeout,
    logger: options.logger,
  })
  try {
    await connections.lend(async (client) => {
      await verifyServer(client)
      await migrate(client, { schema, ordering, migrate: options.migrate ?? true })
      await verifySchema(client, schema)
    })
    const listen = listenConfig(options)
    const adapter = new PostgresAdapter(connections, {
      schema,
      lockTimeout,
      pollInterval,
      listen,
      logger: options.logger,
    })
    return new PostgresStore(adapter, schema, options)
  } catch (error) {
    await connections.end()
    throw connections.translate(error, true)
  }
}

function ownConfig({ connectionString, applicationName = 'eventfold' }: PostgresOptions): ClientConfig {
  return { connectionString, application_name: applicationName, keepAlive: true }
}

function listenConfig(options: PostgresOptions): ClientConfig | undefined {
  const { pool, listen = true, applicationName } = options
  if (listen === false) return undefined
  if (listen !== true) return ownConfig({ ...options, connectionString: listen.connectionString })
  if (pool === undefined) return ownConfig(options)
  // The password is there, but not enumerable.
  const { password } = pool.options
  return {
    ...pool.options,
    password,
    ...(applicationName !== undefined && { application_name: applicationName }),
  }
}

function checkPool({ pool, connectionString }: PostgresOptions): Pool | undefined {
  if (connectionString === '') {
    // pg would take a server of this machine for it.
    throw new InvalidInputError('invalid-option', 'connectionString is empty. Is its variable set?')
  }
  if ((pool === undefined) !== (connectionString === undefined)) return pool
  throw new InvalidInputError('invalid-option', 'Give openPostgres either a connectionString or a pool.')
}

function checkOrdering(ordering: Ordering | undefined): Ordering | undefined {
  if (ordering === undefined || ordering === 'announced' || ordering === 'exclusive') return ordering
  throw new InvalidInputError(
    'invalid-option',
    `ordering is ${JSON.stringify(ordering)}; it must be 'announced' or 'exclusive'.`,
  )
}

function milliseconds(value: number, option: string, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= 2_147_483_647) return value
  throw new InvalidInputError(
    'invalid-option',
    `${option} is ${String(value)}; it must be whole milliseconds from ${least}.`,
  )
}
