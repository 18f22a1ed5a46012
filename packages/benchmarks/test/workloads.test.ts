import { afterAll, describe, expect, test } from 'vitest'
import type { Contender, StoreName } from '../src/contender.ts'
import { contendersOf } from '../src/contenders.ts'
import { countsOf } from '../src/counts.ts'
import { Places } from '../src/places.ts'
import { measure } from '../src/runner.ts'
import type { Workload } from '../src/workload.ts'
import { catchUp } from '../src/workloads/catch-up.ts'
import { project } from '../src/workloads/project.ts'
import { wakeUps } from '../src/workloads/wake-ups.ts'
import { workloads } from '../src/workloads.ts'

const stores: readonly StoreName[] = ['memory', 'sqlite']

const places = new Places()
afterAll(() => places.close())

// No test here says anything about time. The runner itself compares every store with what it should hold: the number
// of events, and version and sum of its streams.
describe.each(stores)('on %s', async (store) => {
  const contenders = await contendersOf(store, false)

  test.each(workloads)('$name stores what it should, with every contender', async (workload) => {
    await measureTiny(store, workload, contenders)
  })
})

test.each([catchUp, project, wakeUps])('$name does what it should on postgres', async (workload) => {
  await measureTiny('postgres', workload, await contendersOf('postgres', false))
})

async function measureTiny(
  store: StoreName,
  workload: Workload,
  contenders: readonly Contender[],
): Promise<void> {
  const available = new Set(contenders.map(({ name }) => name))
  const counts = countsOf(store, workload.name, 'tiny', 2)
  const measured = await measure(workload, store, contenders, places, counts, 1)
  const entrants = workload.entrants(store, counts).filter(({ contender }) => available.has(contender))
  expect(measured.map(({ label }) => label)).toEqual(entrants.map(({ label }) => label))
  for (const { label, speeds, storedEvents, settings } of measured) {
    expect(speeds).toHaveLength(2)
    expect(storedEvents, label).toBe(storedEventsOf(workload.name, label))
    if (store === 'sqlite') expect(settings).toMatchObject({ journal_mode: 'wal', synchronous: 'FULL' })
    if (store === 'postgres') expect(settings).toMatchObject({ fsync: 'on', synchronous_commit: 'on' })
  }
}

/** By hand: what the store is filled with, and 3 rounds of 8 calls. */
function storedEventsOf(workload: string, label: string): number {
  switch (workload) {
    case 'append-1':
    case 'append-32-under-way':
    case 'wake-ups-1':
    case 'wake-ups-32':
      return 2000 + 3 * 8
    case 'append-100':
      return 2000 + 3 * 8 * 100
    case 'load-20':
    case 'load-1000':
    case 'load-1000-kept':
    case 'project':
      return 2000
    case 'catch-up':
      return label.startsWith('Emmett') ? 200 : 2000
    case 'command-1':
      // 24 calls, 5 on each stream, which has 18 events before.
      return 5 * 18 + 24
    case 'command-8':
      return 8 * 18 + 24
    default:
      return (label.endsWith('large') ? 4000 : 2000) + 3 * 8
  }
}
