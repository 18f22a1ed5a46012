import type { Workload } from './workload.ts'
import { appendHundred } from './workloads/append-hundred.ts'
import { appendOne } from './workloads/append-one.ts'
import { appendUnderWay } from './workloads/append-under-way.ts'
import { catchUp } from './workloads/catch-up.ts'
import { commandEight, commandOne } from './workloads/command.ts'
import { largeStore } from './workloads/large-store.ts'
import { loadKept, loadThousand, loadTwenty } from './workloads/load.ts'
import { project } from './workloads/project.ts'
import { wakeUps, wakeUpsUnderWay } from './workloads/wake-ups.ts'

/** All of them, in the order of the report. */
export const workloads: readonly Workload[] = [
  appendOne,
  appendHundred,
  appendUnderWay,
  loadTwenty,
  loadThousand,
  loadKept,
  commandOne,
  commandEight,
  largeStore,
  catchUp,
  project,
  wakeUps,
  wakeUpsUnderWay,
]
