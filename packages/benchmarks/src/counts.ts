import type { StoreName } from './contender.ts'
import type { Counts, WorkloadName } from './workload.ts'

export type Size = 'full' | 'quick' | 'tiny'

/**
 * Calls in one round: some tens of milliseconds of the fastest contender. Short rounds, and many, let a busy moment of
 * the machine meet all contenders alike.
 */
const callsPerRound: Readonly<Record<StoreName, Partial<Record<WorkloadName, number>>>> = {
  memory: { 'append-1': 10_000, 'append-100': 100, 'load-20': 30_000, 'load-1000': 1000 },
  sqlite: {
    'append-1': 200,
    'append-100': 30,
    'append-32-under-way': 480,
    'load-1000': 30,
    'load-1000-kept': 30,
    'command-1': 200,
    'command-8': 240,
    'large-store': 200,
    'catch-up': 1,
    project: 1,
    'wake-ups-1': 200,
    'wake-ups-32': 480,
  },
  postgres: {
    'append-1': 200,
    'append-100': 30,
    'append-32-under-way': 480,
    'load-1000': 30,
    'load-1000-kept': 30,
    'command-1': 150,
    'command-8': 240,
    'large-store': 200,
    'catch-up': 1,
    project: 1,
    'wake-ups-1': 200,
    'wake-ups-32': 480,
  },
}

const stored = {
  full: { storedBefore: 10_000, storedBeforeLarge: 1_000_000 },
  quick: { storedBefore: 10_000, storedBeforeLarge: 100_000 },
  tiny: { storedBefore: 2000, storedBeforeLarge: 4000 },
} as const

/** How many times as large the store is where most of it is read, or what is looked for must be found in it. */
const largerBy: Partial<Record<WorkloadName, number>> = {
  'load-1000': 4,
  'load-1000-kept': 4,
  'catch-up': 10,
  project: 10,
}

export function countsOf(store: StoreName, workload: WorkloadName, size: Size, rounds: number): Counts {
  const calls = callsPerRound[store][workload] ?? 0
  const { storedBefore, storedBeforeLarge } = stored[size]
  return {
    callsPerRound: size === 'tiny' ? 8 : calls,
    rounds,
    storedBefore: size === 'tiny' ? storedBefore : (largerBy[workload] ?? 1) * storedBefore,
    storedBeforeLarge,
  }
}
