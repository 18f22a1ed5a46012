import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@eventfold/example-terminal'

const storeNames = ['memory', 'sqlite', 'postgres'] as const

export type StoreName = (typeof storeNames)[number]

export const usage = `Usage: pnpm demo [STATEMENT] [--store memory|sqlite|postgres] [--database WHERE]

Imports a bank's CSV statement, by default the one that comes with the example,
compares every account with the bank's own balances, shows read models of the
accounts, and kills a rebuild of one in the middle.

  --store      where the events go, by default sqlite
  --database   sqlite: a file, by default a new one in the temporary directory
               postgres: a URL, by default DATABASE_URL, else a temporary server
  --help       this text`

const shippedStatement = fileURLToPath(new URL('../../statements/2024.csv', import.meta.url))

/** @throws UsageError */
export function parseDemoArguments(args: readonly string[]) {
  const { values, positionals } = parse(args)
  const { store: name = 'sqlite', database, help = false } = values
  const [statement = shippedStatement, ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`One statement at a time, please: ${positionals.join(' ')}`)
  const store = storeNames.find((known) => known === name)
  if (store === undefined) {
    throw new UsageError(`There is no store "${name}"; there are ${storeNames.join(', ')}.`)
  }
  if (store === 'memory' && database !== undefined) {
    throw new UsageError('The memory store has no database: leave --database out, or take --store sqlite.')
  }
  const isUrl = /^postgres(ql)?:\/\//.test(database ?? '')
  if (store === 'postgres' && database !== undefined && !isUrl) {
    throw new UsageError(`"${database}" is not a URL of Postgres, such as postgres://user@localhost/bank.`)
  }
  if (store === 'sqlite' && isUrl) {
    throw new UsageError('A URL of Postgres is not a file: add --store postgres.')
  }
  if (database === '') throw new UsageError('--database is empty.')
  return { statement, store, database, help }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      // Some package managers hand their `--` on.
      args: args[0] === '--' ? args.slice(1) : [...args],
      allowPositionals: true,
      options: {
        store: { type: 'string' },
        database: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(message.replace(/\. .*/s, '.'), { cause: error })
  }
}
