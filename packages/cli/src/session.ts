import type { EventStore } from '@eventfold/core'
import type { EventfoldConfig } from './define-config.ts'
import type { Invocation } from './invocation.ts'
import { loadConfig } from './load-config.ts'
import { openStore } from './open-store.ts'
import { Output } from './output.ts'
import { locateStore } from './store-location.ts'
import type { StoreOptions } from './store-options.ts'

/** What a command works with. */
export interface Session {
  readonly store: EventStore
  readonly config: EventfoldConfig
  readonly output: Output
}

/**
 * Opens the store that the options mean, which must be at the latest version of its schema, for the time of `work`.
 *
 * @throws UsageError, ConfigError, MissingPackageError, StoreSetupError, and what `work` throws
 */
export async function withSession<Result>(
  invocation: Invocation,
  options: StoreOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const config = await loadConfig(options.config ?? true, invocation.folder)
  const store = await openStore(locateStore(options, config, invocation), {
    upcasters: config.value.upcasters,
  })
  try {
    return await work({ store, config: config.value, output: new Output(invocation, options.json ?? false) })
  } finally {
    await store.close()
  }
}
