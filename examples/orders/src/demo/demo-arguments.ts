import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@eventfold/example-terminal'

const storeNames = ['memory', 'sqlite', 'postgres'] as const

export type StoreName = (typeof storeNames)[number]

export const usage = `Usage: pnpm demo orders [EXPORT] [--store memory|sqlite|postgres]

Replays a shop's CSV export of orders, by default the one that comes with the
example, as commands, shows read models of the orders, and lets a saga fulfil
three new ones.

  --store   where the events go, by default sqlite
  --help    this text`

const shippedExport = fileURLToPath(new URL('../../exports/2025.csv', import.meta.url))

/** @throws UsageError */
export function parseDemoArguments(args: readonly string[]) {
  const { values, positionals } = parse(args)
  const { store: name = 'sqlite', help = false } = values
  const [path = shippedExport, ...rest] = positionals
  if (rest.length > 0) throw new UsageError(`One export at a time, please: ${positionals.join(' ')}`)
  const store = storeNames.find((known) => known === name)
  if (store === undefined) {
    throw new UsageError(`There is no store "${name}"; there are ${storeNames.join(', ')}.`)
  }
  return { path, store, help }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      // Some package managers hand their `--` on.
      args: args[0] === '--' ? args.slice(1) : [...args],
      allowPositionals: true,
      options: { store: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(message.replace(/\. .*/s, '.'), { cause: error })
  }
}
