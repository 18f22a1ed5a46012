import { dirname, resolve } from 'node:path'
import type { EventStore } from '@eventfold/core'
import type { StoreContext } from './define-config.ts'
import type { Invocation } from './invocation.ts'
import type { LoadedConfig } from './load-config.ts'
import type { StoreOptions } from './store-options.ts'
import { UsageError } from './usage-error.ts'

/** Where the events are. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly connectionString: string; readonly schema: string }
  | { readonly kind: 'config'; readonly open: (context: StoreContext) => EventStore | Promise<EventStore> }

/**
 * The store that is meant: `--store`, else `EVENTFOLD_STORE`, else that of the config.
 *
 * @throws UsageError
 */
export function locateStore(
  { store, schema }: StoreOptions,
  config: LoadedConfig,
  { environment, folder }: Pick<Invocation, 'environment' | 'folder'>,
): StoreLocation {
  const given = store ?? (environment['EVENTFOLD_STORE'] || undefined)
  if (given !== undefined) return parseLocation(given, folder, schema)
  const { store: configured, schema: ownSchema } = config.value
  if (typeof configured === 'string') {
    return parseLocation(configured, dirname(config.path ?? ''), schema ?? ownSchema)
  }
  if (configured === undefined) {
    throw new UsageError('No store is given.', {
      next: 'Say --store <file.db | postgres://…>, set EVENTFOLD_STORE, or write an eventfold.config.ts.',
    })
  }
  if (schema !== undefined) {
    throw new UsageError('--schema goes with a postgres:// URL, but the config opens its store itself.')
  }
  return { kind: 'config', open: configured }
}

function parseLocation(text: string, folder: string, schema: string | undefined): StoreLocation {
  if (/^postgres(ql)?:\/\//i.test(text)) {
    return { kind: 'postgres', connectionString: text, schema: schema ?? 'eventfold' }
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) {
    // The rest of it may be a password.
    throw new UsageError(`A store at ${text.slice(0, text.indexOf(':') + 1)}… is not known.`, {
      next: 'Give the path of a file of SQLite, or a URL that begins with postgres://',
    })
  }
  if (schema !== undefined) throw new UsageError('--schema goes with a postgres:// URL, not with a file.')
  return { kind: 'sqlite', path: resolve(folder, text) }
}
