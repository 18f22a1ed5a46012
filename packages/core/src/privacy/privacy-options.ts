import type { KeyStore } from './key-store.ts'
import type { PersonalSource } from './personal-data.ts'

/** What a store needs to keep what is personal under keys. */
export interface PrivacyOptions {
  /** The definitions that say what is personal: aggregates and outboxes. */
  readonly of: readonly PersonalSource[]
  readonly keys: KeyStore
  /**
   * For how long a process keeps keys in mind, in milliseconds: so long it may still read what another process has
   * forgotten. Default 60,000; 0 asks the key store for every page.
   */
  readonly cacheFor?: number
}
