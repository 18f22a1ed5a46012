import { expect, test } from 'vitest'
import type { Gauge } from '../src/gauge.ts'
import { judge, judgeGauge, misses } from '../src/result.ts'
import type { Measured } from '../src/runner.ts'
import type { Counts } from '../src/workload.ts'
import { project } from '../src/workloads/project.ts'

const counts: Counts = { callsPerRound: 1, rounds: 2, storedBefore: 0, storedBeforeLarge: 0 }

function measured(label: string, ...speeds: number[]): Measured {
  return { label, speeds, settings: {}, storedEvents: 0 }
}

test('a workload may have a bar for the ratio and another for the speed', () => {
  const fast = judge('sqlite', project, counts, [
    measured('Eventfold', 30_000, 30_000),
    measured('hand-written', 50_000, 50_000),
  ])
  expect(fast).toMatchObject({ comparisons: [{ met: true }], speed: { atLeast: 20_000, met: true } })
  const slow = judge('sqlite', project, counts, [
    measured('Eventfold', 10_000, 10_000),
    measured('hand-written', 15_000, 15_000),
  ])
  expect(slow).toMatchObject({ comparisons: [{ met: true }], speed: { met: false } })
  expect(misses([fast], [])).toBe(false)
  expect(misses([fast, slow], [])).toBe(true)
})

test('a number with a bar must not be above it', () => {
  const gauge: Gauge = { name: 'latency', does: '', stores: ['memory'], measure: async () => [] }
  const { figures } = judgeGauge('memory', gauge, [
    { what: 'p50', value: 2, unit: 'ms', atMost: 2 },
    { what: 'p99', value: 9, unit: 'ms', atMost: 8 },
    { what: 'longest', value: 99, unit: 'ms' },
  ])
  expect(figures.map(({ met }) => met)).toEqual([true, false, undefined])
  const result = { store: 'memory' as const, gauge, figures }
  expect(misses([], [result])).toBe(true)
  expect(misses([], [{ ...result, figures: figures.slice(0, 1) }])).toBe(false)
})
