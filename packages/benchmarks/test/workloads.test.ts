import { describe, expect, test } from 'vitest'
import type { StoreName } from '../src/contender.ts'
import { contendersOf } from '../src/contenders.ts'
import { countsOf } from '../src/counts.ts'
import { Places } from '../src/places.ts'
import { measure } from '../src/runner.ts'
import { workloads } from '../src/workloads.ts'

const stores: readonly StoreName[] = ['memory', 'sqlite']

// No test here says anything about time. The runner itself compares every store with what it should hold: the number
// of events, and version and sum of its streams.
describe.each(stores)('on %s', async (store) => {
  const contenders = await contendersOf(store, false)
  const available = new Set(contenders.map(({ name }) => name))

  test.each(workloads)('$name stores what it should, with every contender', async (workload) => {
    const counts = countsOf(store, workload.name, 'tiny', 2)
    const places = new Places()
    try {
      const measured = await measure(workload, store, contenders, places, counts, 1)
      const entrants = workload.entrants(store, counts).filter(({ contender }) => available.has(contender))
      expect(measured.map(({ label }) => label)).toEqual(entrants.map(({ label }) => label))
      for (const { label, speeds, storedEvents, settings } of measured) {
        expect(speeds).toHaveLength(2)
        expect(storedEvents, label).toBe(storedEventsOf(workload.name, label))
        if (store === 'sqlite') expect(settings).toMatchObject({ journal_mode: 'wal', synchronous: 'FULL' })
      }
    } finally {
      await places.close()
    }
  })
})

/** By hand: what the store is filled with, and 3 rounds of 8 calls. */
function storedEventsOf(workload: string, label: string): number {
  switch (workload) {
    case 'append-1':
    case 'append-32-under-way':
      return 2000 + 3 * 8
    case 'append-100':
      return 2000 + 3 * 8 * 100
    case 'load-20':
    case 'load-1000':
      return 2000
    case 'command-1':
      // 24 calls, 5 on each stream, which has 18 events before.
      return 5 * 18 + 24
    case 'command-8':
      return 8 * 18 + 24
    default:
      return (label.endsWith('large') ? 4000 : 2000) + 3 * 8
  }
}
