import { type Bar, barsOf, leastSpeedOf } from './bars.ts'
import type { StoreName } from './contender.ts'
import type { Figure, Gauge } from './gauge.ts'
import type { Measured } from './runner.ts'
import { median, type Ratio, ratioOf } from './statistics.ts'
import type { Counts, Workload } from './workload.ts'

/** One workload on one store. */
export interface Result {
  readonly store: StoreName
  readonly workload: Pick<Workload, 'name' | 'does' | 'unit'>
  readonly counts: Counts
  readonly measured: readonly Measured[]
  readonly comparisons: readonly Comparison[]
  /** A bar for the speed itself, where there is one. */
  readonly speed: SpeedBar | undefined
}

export interface SpeedBar {
  readonly label: string
  readonly atLeast: number
  readonly met: boolean
}

/** One gauge on one store. */
export interface GaugeResult {
  readonly store: StoreName
  readonly gauge: Pick<Gauge, 'name' | 'does'>
  readonly figures: readonly (Figure & { readonly met: boolean | undefined })[]
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
  const speed = judgeSpeed(leastSpeedOf(store, name), speedsOf('Eventfold'))
  return { store, workload: { name, does, unit }, counts, measured, comparisons, speed }
}

function judgeSpeed(
  atLeast: number | undefined,
  speeds: readonly number[] | undefined,
): SpeedBar | undefined {
  if (atLeast === undefined || speeds === undefined) return undefined
  return { label: 'Eventfold', atLeast, met: median(speeds) >= atLeast }
}

export function judgeGauge(store: StoreName, { name, does }: Gauge, figures: readonly Figure[]): GaugeResult {
  const judged = figures.map((figure) => ({
    ...figure,
    met: figure.atMost === undefined ? undefined : figure.value <= figure.atMost,
  }))
  return { store, gauge: { name, does }, figures: judged }
}

/** Whether a bar is not met. */
export function misses(results: readonly Result[], gauges: readonly GaugeResult[]): boolean {
  return (
    results.some(({ comparisons, speed }) => speed?.met === false || comparisons.some(isMissed)) ||
    gauges.some(({ figures }) => figures.some(isMissed))
  )
}

function isMissed({ met }: { readonly met: boolean | undefined }): boolean {
  return met === false
}
