import type { Balance, MoneyDeposited } from './deposit.ts'

export type StoreName = 'memory' | 'sqlite' | 'postgres'

/** Who is measured. */
export type ContenderName =
  | 'Eventfold'
  /** Reads by a subscription, which remembers nothing, instead of a consumer. */
  | 'Eventfold, subscription'
  | 'hand-written'
  /** Appends that arrive while a transaction is under way share the next one. */
  | 'hand-written, grouped'
  | 'Emmett'
  /** Reads in larger batches, without the pause that it makes between them. */
  | 'Emmett, tuned'
  | 'castore'

/** One way to store events in one kind of database. */
export interface Contender {
  readonly name: ContenderName
  /** Opens a store in `place`, which is empty. */
  open(place: Place): Promise<BenchmarkStore>
}

export interface Place {
  /** A directory of its own; empty for the memory stores. */
  readonly directory: string
  /** Connection string of a database of its own; empty where there is no server. */
  readonly connectionString: string
}

/** What every contender can do, each in the way that its users would. */
export interface BenchmarkStore {
  /** Appends to the stream if it is at version `append.expected`, durably. */
  append(append: Append): Promise<void>
  /** Reads and folds a stream. */
  load(stream: string): Promise<Loaded>
  /** From now on loads begin at snapshots, or at states that the process keeps in mind. */
  keep?(what: 'snapshots' | 'states'): void
  /** Loads the stream, decides one deposit, and appends it if the stream has not moved on. */
  command(stream: string, event: MoneyDeposited): Promise<void>
  /**
   * Reads the log from the beginning, `events` of them, by a reader that is new each time, and sums up all deposits.
   * `stop` ends the reader, and is not measured.
   */
  catchUp?(events: number): Promise<{ readonly seen: Balance; readonly stop?: () => Promise<void> }>
  /**
   * Builds a read model from the whole log, exactly once: a document with the balance of each stream, and the checkpoint
   * in the same transaction. A new one each time. What it resolves with looks at the result, and is not measured.
   */
  project?(): Promise<() => Promise<Projected>>
  /**
   * Starts so many live readers with a handler that does nothing, of all events or of a category that has none. Resolves,
   * when they are live, with a function that waits until they have passed everything.
   */
  follow?(readers: number, of: 'all' | 'none'): Promise<() => Promise<void>>
  /** Stores all of these in the fastest way the contender offers. Not measured. */
  fill(appends: readonly Append[]): Promise<void>
  /** How many events are stored. Not measured. */
  countEvents(): Promise<number>
  /** The settings that durability hangs on, as the database itself reports them. */
  settings(): Promise<Settings>
  close(): Promise<void>
}

export interface Append {
  readonly stream: string
  /** Version of the stream before; 0 for a new stream. */
  readonly expected: number
  readonly events: readonly MoneyDeposited[]
}

export interface Loaded {
  readonly balance: Balance
  readonly version: number
}

/** All documents of a read model, summed up. */
export interface Projected extends Balance {
  readonly documents: number
}

export type Settings = Readonly<Record<string, string>>
