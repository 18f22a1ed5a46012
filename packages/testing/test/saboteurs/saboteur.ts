import type { StoreAdapter } from '@eventfold/core/adapter'

/** A store that breaks one promise, and the topic in which the contract has to notice. */
export interface Saboteur {
  readonly name: string
  readonly topic: string
  /** @param inner a healthy adapter: one for all instances of a storage */
  readonly spoil: (inner: StoreAdapter) => StoreAdapter
}
