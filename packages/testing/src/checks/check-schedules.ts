import { isSame } from '../is-same.ts'
import { CheckFailure } from './check-failure.ts'
import { describeMismatch } from './describe-mismatch.ts'
import { faultPoints } from './fault-points.ts'
import { type RunResult, type RunSettings, runSchedule } from './run-schedule.ts'
import { parseSchedule, type Schedule } from './schedule.ts'
import type { Subject } from './subject.ts'

export interface CheckSettings extends Omit<RunSettings, 'asynchronous'> {
  /** Only this one, as a failed check has printed it. */
  readonly schedule: string | undefined
  /** Whether a whole history may be delivered again. */
  readonly mayRepeat: boolean
  /** Whether a handler may stand still: not where it holds a transaction open, for which all others wait. */
  readonly mayPauseHandlers: boolean
  readonly mayPartition: boolean
  readonly advice: readonly string[]
}

const plain: Schedule = { point: undefined, batchSize: 100, partitions: 1 }
const shapes: readonly Pick<Schedule, 'batchSize' | 'partitions'>[] = [
  { batchSize: 100, partitions: 1 },
  { batchSize: 1, partitions: 1 },
  { batchSize: 2, partitions: 2 },
]

/**
 * Runs a subject under every schedule and compares the outcomes. Resolves with their number.
 *
 * @param expected the right outcome, where it is known; else that of a run without faults
 * @throws CheckFailure
 */
export async function checkSchedules(
  subject: Subject,
  settings: CheckSettings,
  expected?: unknown,
): Promise<number> {
  const runSettings = { ...settings, asynchronous: new Set<string>() }
  let count = 0
  const run = async (schedule: Schedule): Promise<RunResult> => {
    count++
    return runSchedule(subject, schedule, runSettings)
  }
  const first = await run(plain)
  if ('error' in first) throw describeMismatch(subject, plain, first, undefined, settings.advice)
  if (first.probes[0].deliveries.length === 0) {
    throw new CheckFailure(subject.name, 'none of the events is handled, so nothing can be checked', {
      given: subject.events.map(({ stream, type }) => `${stream} ${type}`),
    })
  }
  const right = expected === undefined ? first.outcome : expected
  const compare = (schedule: Schedule, result: RunResult) => {
    if ('outcome' in result && isSame(result.outcome, right)) return
    throw describeMismatch(subject, schedule, result, right, settings.advice)
  }
  compare(plain, first)
  if (settings.schedule !== undefined) {
    const schedule = parseSchedule(settings.schedule)
    compare(schedule, await run(schedule))
    return count
  }
  for (const shape of shapes.filter(({ partitions }) => partitions === 1 || settings.mayPartition)) {
    const healthy = await run({ ...shape, point: undefined })
    compare({ ...shape, point: undefined }, healthy)
    const points = [
      ...faultPoints(healthy.probes[0].calls, settings.mayPauseHandlers),
      ...(settings.mayRepeat ? ['repeat' as const] : []),
    ]
    for (const point of points) compare({ ...shape, point }, await run({ ...shape, point }))
  }
  return count
}
