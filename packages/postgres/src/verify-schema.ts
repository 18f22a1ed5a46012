import { StoreSetupError } from '@eventfold/core'
import type { ClientBase } from 'pg'
import { schemaProblems } from './schema-problems.ts'
import { run, statement } from './statement.ts'

const oldestServer = 140_000

/** @throws StoreSetupError `unsupported-database` */
export async function verifyServer(client: ClientBase): Promise<void> {
  const [row] = await run(client, readServer, [])
  const [version, encoding] = row ?? []
  if (Number(version) < oldestServer) {
    throw new StoreSetupError(
      'unsupported-database',
      `The server is PostgreSQL ${Math.floor(Number(version) / 10_000)}. Use 14 or later.`,
    )
  }
  if (encoding !== 'UTF8') {
    throw new StoreSetupError(
      'unsupported-database',
      `The database is encoded in ${encoding}, which cannot hold every text. Create one with ENCODING 'UTF8'.`,
    )
  }
}

const readServer = statement(
  'server',
  `SELECT current_setting('server_version_num'), current_setting('server_encoding')`,
)

/**
 * Refuses a schema that would lose, double or reorder events.
 *
 * @throws StoreSetupError `schema-damaged`, with the SQL that repairs it
 */
export async function verifySchema(client: ClientBase, schema: string): Promise<void> {
  const [first] = await schemaProblems(client, schema)
  if (first === undefined) return
  const { problem, remedy } = first
  throw new StoreSetupError('schema-damaged', `Schema ${schema} is damaged: ${problem}. ${remedy}.`)
}
