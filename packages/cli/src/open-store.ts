import { existsSync } from 'node:fs'
import { type EventStore, isEventfoldError, type Upcasters } from '@eventfold/core'
import { ConfigError } from './config-error.ts'
import { isMissingPackage, MissingPackageError } from './missing-package-error.ts'
import type { StoreLocation } from './store-location.ts'

const sqlitePackages = ['@eventfold/sqlite', 'better-sqlite3']
const postgresPackages = ['@eventfold/postgres', 'pg']

/**
 * Opens the store, and changes nothing of it unless `migrate` says so.
 *
 * @param upcasters those of the config; a store that the config opens itself has to have some then
 * @throws MissingPackageError, ConfigError, StoreSetupError, StoreUnavailableError, StoreFailureError
 */
export async function openStore(
  location: StoreLocation,
  {
    migrate = false,
    upcasters,
  }: { readonly migrate?: boolean; readonly upcasters?: Upcasters | undefined } = {},
): Promise<EventStore> {
  const reading = upcasters === undefined ? {} : { upcasters }
  switch (location.kind) {
    case 'sqlite': {
      const { openSqlite } = await importSqlite()
      // Opening would create an empty file.
      if (!migrate && !existsSync(location.path)) {
        throw new ConfigError(`There is no file ${location.path}.`, {
          next: 'Correct the path, or create the store with: eventfold migrate',
        })
      }
      return openSqlite(location.path, { ...reading, migrate })
    }
    case 'postgres': {
      const { openPostgres } = await importPostgres()
      const { connectionString, schema } = location
      return openPostgres({
        ...reading,
        connectionString,
        schema,
        migrate,
        applicationName: 'eventfold-cli',
      })
    }
    case 'config': {
      const store = await openConfigured(location.open, migrate)
      if (upcasters === undefined || store.upcasting !== undefined) return store
      await store.close()
      throw new ConfigError('The config has upcasters, and its function `store` opens a store without.', {
        next: 'Hand them on: openSqlite(path, { upcasters, … }), openPostgres({ upcasters, … }).',
      })
    }
  }
}

/** @throws MissingPackageError */
export function importSqlite(): Promise<typeof import('@eventfold/sqlite')> {
  return load('A store in a file of SQLite', sqlitePackages, () => import('@eventfold/sqlite'))
}

/** @throws MissingPackageError */
export function importPostgres(): Promise<typeof import('@eventfold/postgres')> {
  return load('A store in Postgres', postgresPackages, () => import('@eventfold/postgres'))
}

async function load<Module>(
  store: string,
  packages: readonly string[],
  importIt: () => Promise<Module>,
): Promise<Module> {
  try {
    return await importIt()
  } catch (error) {
    throw isMissingPackage(error, packages) ? new MissingPackageError(store, packages, error) : error
  }
}

async function openConfigured(
  open: Extract<StoreLocation, { readonly kind: 'config' }>['open'],
  migrate: boolean,
): Promise<EventStore> {
  let store: EventStore
  try {
    store = await open({ migrate })
  } catch (cause) {
    if (isEventfoldError(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`The function \`store\` of the config has failed: ${reason}`, { cause })
  }
  if (typeof store?.readLog === 'function') return store
  throw new ConfigError('The function `store` of the config has returned no event store.', {
    next: 'Return what openSqlite or openPostgres gives.',
  })
}
