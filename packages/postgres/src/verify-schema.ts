import { StoreSetupError } from '@eventfold/core'
import type { ClientBase } from 'pg'
import { neededSettings } from './needed-settings.ts'
import { schemaProblems } from './schema-problems.ts'
import { run, statement } from './statement.ts'

const oldestServer = 140_000

/** @throws StoreSetupError `unsupported-database` */
export async function verifyServer(client: ClientBase): Promise<void> {
  const [row] = await run(client, readServer, [])
  const [version, encoding, ...settings] = row ?? []
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
  for (const [index, { name, value, suits, reason }] of neededSettings.entries()) {
    const actual = settings[index] ?? ''
    if (suits(actual)) continue
    throw new StoreSetupError(
      'unsupported-database',
      `The sessions of the pool have ${name} = '${actual}': ${reason}. Set it to '${value}' for the role, or give the ` +
        `pool options: '-c ${name}=${value.replaceAll(' ', '\\\\ ')}'.`,
    )
  }
}

const readServer = statement(
  'server',
  `SELECT ${['server_version_num', 'server_encoding', ...neededSettings.map(({ name }) => name)]
    .map((name) => `current_setting('${name}')`)
    .join(', ')}`,
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
