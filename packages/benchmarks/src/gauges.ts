import type { Gauge } from './gauge.ts'
import { backlog } from './gauges/backlog.ts'
import { idle } from './gauges/idle.ts'
import { latency } from './gauges/latency.ts'

/** All of them, in the order of the report. */
export const gauges: readonly Gauge[] = [latency, idle, backlog]
