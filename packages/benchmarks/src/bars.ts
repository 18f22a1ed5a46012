import type { StoreName } from './contender.ts'
import type { WorkloadName } from './workload.ts'

/** A ratio that Eventfold has to reach. */
export interface Bar {
  /** Label of the entrant that is judged. */
  readonly subject: string
  /** Label of the entrant that it is measured against. */
  readonly base: string
  /** Undefined: no bar; the ratio is printed for context. */
  readonly atLeast?: number
}

type BarsOfStore = Partial<Record<WorkloadName, readonly Bar[]>>

const bars: Readonly<Record<StoreName, BarsOfStore>> = {
  memory: {
    'append-1': [against('castore', 1)],
    'append-100': [against('castore', 1)],
    'load-20': [against('castore', 1)],
    'load-1000': [against('castore', 1)],
  },
  sqlite: {
    'append-1': againstBoth(0.85, 2.5),
    'append-100': againstBoth(0.9, 1),
    'append-32-under-way': againstAll(0.8),
    'load-1000': againstBoth(0.8, 3),
    'load-1000-kept': againstAllEvents(),
    'command-1': againstBoth(0.75, 4),
    'command-8': againstAll(0.75, 4),
    'large-store': largeAgainstSmall(0.7),
    'catch-up': catchingUp(),
    project: [against('hand-written', 0.5)],
    'wake-ups-1': withConsumers(),
    'wake-ups-32': withConsumers(),
  },
  postgres: {
    'append-1': againstBoth(0.85, 1.6),
    'append-100': againstBoth(0.9, 1.2),
    'append-32-under-way': againstAll(0.8, 4),
    'load-1000': againstBoth(0.8, 2.5),
    'load-1000-kept': againstAllEvents(),
    'command-1': againstBoth(0.75, 2.2),
    'command-8': againstAll(0.75, 2.2),
    'large-store': largeAgainstSmall(0.8),
    'catch-up': catchingUp(),
    project: [against('hand-written', 0.5)],
    'wake-ups-1': withConsumers(),
    'wake-ups-32': withConsumers(),
  },
}

export function barsOf(store: StoreName, workload: WorkloadName): readonly Bar[] {
  return bars[store][workload] ?? []
}

/** Units of work in a second that Eventfold has to reach; undefined where only ratios count. */
export function leastSpeedOf(store: StoreName, workload: WorkloadName): number | undefined {
  return store !== 'memory' && workload === 'project' ? 20_000 : undefined
}

function against(base: string, atLeast?: number): Bar {
  return { subject: 'Eventfold', base, ...(atLeast !== undefined && { atLeast }) }
}

/** One call after another. How hand-written code does against Emmett tells what is possible at all. */
function againstBoth(handWritten: number, emmett: number): readonly Bar[] {
  return [
    against('hand-written', handWritten),
    against('Emmett', emmett),
    { subject: 'hand-written', base: 'Emmett' },
  ]
}

function againstAllEvents(): readonly Bar[] {
  return [
    { subject: 'Eventfold, snapshots', base: 'Eventfold, all events' },
    { subject: 'Eventfold, states in mind', base: 'Eventfold, all events' },
  ]
}

/** Many calls under way. */
function againstAll(grouped: number, emmett?: number): readonly Bar[] {
  return [
    against('hand-written, grouped', grouped),
    against('hand-written'),
    against('Emmett', emmett),
    { subject: 'hand-written, grouped', base: 'Emmett' },
  ]
}

function largeAgainstSmall(atLeast: number): readonly Bar[] {
  return [
    { subject: 'Eventfold, large', base: 'Eventfold, small', atLeast },
    { subject: 'hand-written, large', base: 'hand-written, small' },
    { subject: 'Eventfold, large', base: 'hand-written, large' },
  ]
}

function catchingUp(): readonly Bar[] {
  return [
    against('hand-written', 0.6),
    against('Emmett', 20),
    against('Emmett, tuned'),
    { subject: 'Eventfold, subscription', base: 'hand-written' },
  ]
}

/** The bar is for the wake-ups. What consumers at work cost in the same thread is mostly what they do with the events. */
function withConsumers(): readonly Bar[] {
  return [
    { subject: 'Eventfold, consumers woken', base: 'Eventfold, alone', atLeast: 0.9 },
    { subject: 'Eventfold, consumers at work', base: 'Eventfold, alone' },
  ]
}
