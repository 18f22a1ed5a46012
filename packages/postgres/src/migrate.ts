import { StoreSetupError } from '@eventfold/core'
import type { ClientBase } from 'pg'
import { lockSpace, type Ordering, orderingFunctions } from './migrations/001/ordering.ts'
import { currentVersion } from './migrations/index.ts'
import { migrationSql } from './schema-sql.ts'

export interface MigrationOptions {
  readonly schema: string
  /** Undefined keeps what the schema has; a new one is announced. */
  readonly ordering: Ordering | undefined
  /** Whether the schema may be changed. */
  readonly migrate: boolean
}

/**
 * Brings the schema to the version of this library. It is one transaction under a lock, so of two processes that
 * start at once one waits for the other, and a crash in the middle leaves the schema as it was.
 *
 * @throws StoreSetupError `schema-missing`, `schema-outdated`, `schema-too-new`
 */
export async function migrate(client: ClientBase, options: MigrationOptions): Promise<void> {
  if (isCurrent(await readState(client, options.schema), options)) return
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'`)
    // With one key, not two: those with two are the announcements of writers.
    await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockSpace(options.schema)])
    const state = await readState(client, options.schema)
    if (!isCurrent(state, options)) await client.query(changes(state, options))
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

interface State {
  readonly version: number
  readonly ordering: Ordering | undefined
}

async function readState(client: ClientBase, schema: string): Promise<State> {
  // Not to_regclass: its answer may be older than the lock.
  const found = await client.query(
    `SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = 'meta'`,
    [schema],
  )
  if (found.rowCount === 0) return { version: 0, ordering: undefined }
  const meta = await client.query(`SELECT version, ordering FROM "${schema}".meta`)
  return { version: Number(meta.rows[0]?.version ?? 0), ordering: meta.rows[0]?.ordering }
}

function isCurrent({ version, ordering }: State, options: MigrationOptions): boolean {
  const { schema } = options
  if (version > currentVersion) {
    throw new StoreSetupError(
      'schema-too-new',
      `Schema ${schema} is at version ${version}, made by a newer release of @eventfold/postgres; ` +
        `this one knows ${currentVersion}. Upgrade the package.`,
    )
  }
  const changesOrdering = options.ordering !== undefined && options.ordering !== ordering
  if (version === currentVersion && !changesOrdering) return true
  if (options.migrate) return false
  if (version === 0) {
    throw new StoreSetupError(
      'schema-missing',
      `There is no schema ${schema}. Run the SQL that schemaSql({ schema: '${schema}' }) gives, or leave migrate on.`,
    )
  }
  throw new StoreSetupError(
    'schema-outdated',
    version === currentVersion
      ? `Schema ${schema} orders writers as '${ordering}', not '${options.ordering}'. Open it once with migrate on.`
      : `Schema ${schema} is at version ${version} of ${currentVersion}. ` +
          `Open it once with migrate on, or run the SQL of schemaSql({ schema: '${schema}', from: ${version} }).`,
  )
}

function changes({ version, ordering = 'announced' }: State, options: MigrationOptions): string {
  const { schema } = options
  const wanted = options.ordering ?? ordering
  const steps = version === currentVersion ? '' : migrationSql(schema, wanted, version)
  return version === 0 || wanted === ordering ? steps : `${steps}${switchOrdering(schema, wanted)}`
}

/** The lock waits for the writers under way to end, and new ones wait for it: no two orderings are ever at work. */
const switchOrdering = (schema: string, ordering: Ordering) => `
LOCK TABLE "${schema}".events IN SHARE ROW EXCLUSIVE MODE;
${orderingFunctions(schema, ordering)}
UPDATE "${schema}".meta SET ordering = '${ordering}';
`
