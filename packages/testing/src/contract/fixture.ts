import type { EventStore, EventStoreOptions } from '@eventfold/core'

/** A test runner: `{ describe, test }` of vitest or of `node:test`, or anything that looks alike. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown
  test(title: string, body: (context?: unknown) => Promise<void>): unknown
}

/** One empty place for events: a file, a database schema. Every case gets a new one. */
export interface EventStoreStorage {
  /**
   * Opens a store on it. Called once more for the cases of `shared` and `durable` stores only. The contract closes
   * what it opens.
   */
  open(options: EventStoreOptions): EventStore | Promise<EventStore>
  /** Removes it, after all its stores were closed. */
  remove?(): Promise<void>
}

/** What the contract needs to know of an adapter. */
export interface EventStoreFixture {
  readonly name: string
  createStorage(): EventStoreStorage | Promise<EventStoreStorage>
  /**
   * Cases that the adapter does not pass, by title, each with the reason for it. The runner reports them as skipped.
   * Registration fails if there is no reason, or no such case.
   */
  readonly skip?: Readonly<Record<string, string>>
  /** How long to wait for what has to happen, in milliseconds. Default 5,000. */
  readonly patience?: number
}
