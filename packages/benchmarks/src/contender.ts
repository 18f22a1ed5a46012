import type { Balance, MoneyDeposited } from './deposit.ts'

export type StoreName = 'memory' | 'sqlite' | 'postgres'

/** Who is measured. */
export type ContenderName =
  | 'Eventfold'
  | 'hand-written'
  /** Appends that arrive while a transaction is under way share the next one. */
  | 'hand-written, grouped'
  | 'Emmett'
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
  /** Loads the stream, decides one deposit, and appends it if the stream has not moved on. */
  command(stream: string, event: MoneyDeposited): Promise<void>
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

export type Settings = Readonly<Record<string, string>>
