import type { BenchStreams } from './bench-stream.ts'
import type { BenchmarkStore, ContenderName, StoreName } from './contender.ts'

export const workloadNames = [
  'append-1',
  'append-100',
  'append-32-under-way',
  'load-20',
  'load-1000',
  'load-1000-kept',
  'command-1',
  'command-8',
  'large-store',
  'catch-up',
  'project',
  'wake-ups-1',
  'wake-ups-32',
] as const

export type WorkloadName = (typeof workloadNames)[number]

/** Something that users do, done the same way to every contender. */
export interface Workload {
  readonly name: WorkloadName
  /** One line for the report. */
  readonly does: string
  readonly unit: 'events' | 'loads' | 'commands'
  /** A round takes about a second, so that a quarter of the rounds will do, and a few to warm up. */
  readonly hasLongRounds?: boolean
  /** Who takes part. None: the workload is not for this store. */
  entrants(store: StoreName, counts: Counts): readonly Entrant[]
  /** Fills an empty store. What it returns is measured. */
  prepare(store: BenchmarkStore, counts: Counts, entrant: Entrant): Promise<Session>
}

/** A contender in one workload. Its label says what is special about it there. */
export interface Entrant {
  readonly label: string
  readonly contender: ContenderName
  /** Replaces the number of events that the store holds before. */
  readonly storedBefore?: number
  /** What keeps the state between loads. */
  readonly keeps?: 'snapshots' | 'states'
  /** Which events live readers in the same process get. */
  readonly readers?: 'all' | 'none'
}

export interface Counts {
  /** Calls in one round. */
  readonly callsPerRound: number
  /** Rounds in all, those to warm up included. */
  readonly rounds: number
  /** Events in the store before the first round, about. */
  readonly storedBefore: number
  /** The same for the store that is large. */
  readonly storedBeforeLarge: number
}

export interface Session {
  /** Units of work in one round. */
  readonly unitsPerRound: number
  readonly round: () => Promise<void>
  /** Follows each round, and is not measured: looks at the result, waits for what is still under way. */
  readonly settle?: () => Promise<void>
  /** What the store must hold now. */
  readonly streams: BenchStreams
}

export function entrant(contender: ContenderName): Entrant {
  return { label: contender, contender }
}
