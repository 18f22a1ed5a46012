import { type Bar, barsOf } from './bars.ts'
import type { StoreName } from './contender.ts'
import type { Measured } from './runner.ts'
import { type Ratio, ratioOf } from './statistics.ts'
import type { Counts, Workload } from './workload.ts'

/** One workload on one store. */
export interface Result {
  readonly store: StoreName
  readonly workload: Pick<Workload, 'name' | 'does' | 'unit'>
  readonly counts: Counts
  readonly measured: readonly Measured[]
  readonly comparisons: readonly Comparison[]
}

export interface Comparison extends Bar {
  readonly ratio: Ratio
  /** Undefined where there is no bar. */
  readonly met: boolean | undefined
}

/** Holds what was measured against the bars, where both sides took part. */
export function judge(
  store: StoreName,
  { name, does, unit }: Workload,
  counts: Counts,
  measured: readonly Measured[],
): Result {
  const speedsOf = (label: string) => measured.find((one) => one.label === label)?.speeds
  const comparisons = barsOf(store, name).flatMap((bar) => {
    const subject = speedsOf(bar.subject)
    const base = speedsOf(bar.base)
    if (subject === undefined || base === undefined) return []
    const ratio = ratioOf(subject, base)
    return [{ ...bar, ratio, met: bar.atLeast === undefined ? undefined : ratio.median >= bar.atLeast }]
  })
  return { store, workload: { name, does, unit }, counts, measured, comparisons }
}
