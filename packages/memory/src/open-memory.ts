import { EventStore, type EventStoreOptions } from '@eventfold/core'
import { MemoryAdapter } from './memory-adapter.ts'
import type { MemoryTransaction } from './memory-transaction.ts'

export interface MemoryOptions extends EventStoreOptions {
  /** How long a write waits for an open transaction, in milliseconds. Default 5,000. */
  readonly lockTimeout?: number
}

/**
 * A store in the memory of this process, for tests and for trying things out. It gives the guarantees of the other
 * stores, except that nothing survives the process. What it returns is frozen.
 *
 * @example
 * const store = openMemory({ clock: () => new Date('2026-01-01') })
 */
export function openMemory(options: MemoryOptions = {}): EventStore<MemoryTransaction> {
  const { lockTimeout = 5_000, clock = () => new Date() } = options
  return new EventStore(new MemoryAdapter(clock, lockTimeout), options)
}
