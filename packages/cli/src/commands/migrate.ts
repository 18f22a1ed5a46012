import { existsSync } from 'node:fs'
import { isEventfoldError } from '@eventfold/core'
import type { Invocation } from '../invocation.ts'
import { loadConfig } from '../load-config.ts'
import { importPostgres, importSqlite, openStore } from '../open-store.ts'
import { Output } from '../output.ts'
import { locateStore, type StoreLocation } from '../store-location.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { UsageError } from '../usage-error.ts'
import { wholeNumber } from '../whole-number.ts'

/** `migrate`: brings the schema to the latest version, or prints the SQL that does. */
export function registerMigrate(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'migrate')
    .description('create the store, or bring its schema to the latest version')
    .option('--sql', 'print the SQL instead, and touch nothing')
    .option('--from <version>', 'with --sql: the version that the schema has', wholeNumber(0))
    .action(async ({ sql, from, ...options }) => {
      const output = new Output(invocation, options.json ?? false)
      const location = locateStore(
        options,
        await loadConfig(options.config ?? true, invocation.folder),
        invocation,
      )
      if (sql) {
        const text = await schemaSql(location, from ?? 0)
        if (from === undefined) {
          output.note('It begins with an empty place. For a store that is there, say its version: --from.')
        }
        return output.document({ sql: text }, () => text.trimEnd())
      }
      if (from !== undefined) throw new UsageError('--from goes with --sql.')
      const outcome = await migrate(location)
      await output.document({ schema: outcome }, () => sentences[outcome])
    })
}

type Outcome = 'current' | 'created' | 'upgraded'

const sentences: Readonly<Record<Outcome, string>> = {
  current: 'The schema is at the latest version already.',
  created: 'The store is created.',
  upgraded: 'The schema is at the latest version now.',
}

async function migrate(location: StoreLocation): Promise<Outcome> {
  const before = await lookAt(location)
  if (before === 'current') return before
  const store = await openStore(location, { migrate: true })
  await store.close()
  return before
}

/** What a migration would do. */
async function lookAt(location: StoreLocation): Promise<Outcome> {
  if (location.kind === 'sqlite' && !existsSync(location.path)) return 'created'
  try {
    const store = await openStore(location)
    await store.close()
    return 'current'
  } catch (error) {
    if (isEventfoldError(error, 'schema-outdated')) return 'upgraded'
    if (isEventfoldError(error, 'schema-missing')) return 'created'
    throw error
  }
}

async function schemaSql(location: StoreLocation, from: number): Promise<string> {
  switch (location.kind) {
    case 'sqlite':
      return (await importSqlite()).schemaSql(from)
    case 'postgres':
      return (await importPostgres()).schemaSql({ schema: location.schema, from })
    case 'config':
      throw new UsageError('The config opens its store itself, so its kind is not known.', {
        next: 'Say it by --store: the path of a file, or postgres:// with --schema. Nothing is opened.',
      })
  }
}
