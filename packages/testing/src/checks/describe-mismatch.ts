import type { RecordedEvent } from '@eventfold/core'
import { differences } from '../differences.ts'
import { showGiven } from '../projection-report.ts'
import { show } from '../report-section.ts'
import { CheckFailure } from './check-failure.ts'
import type { RunResult } from './run-schedule.ts'
import { type Schedule, scheduleText } from './schedule.ts'
import type { Subject } from './subject.ts'

/** Tells under which schedule the outcome is not the right one. */
export function describeMismatch(
  subject: Subject,
  schedule: Schedule,
  result: RunResult,
  expected: unknown,
  advice: readonly string[],
): CheckFailure {
  const [first] = result.probes
  const at = first.struckAt
  const again = deliveredAgain(result)
  const failed = 'error' in result ? errorText(result.error) : undefined
  const actual = 'error' in result ? undefined : result.outcome
  return new CheckFailure(
    subject.name,
    problemOf(schedule, failed !== undefined),
    {
      given: subject.events.map(showGiven),
      schedule: [scheduleText(schedule)],
      ...(at !== undefined && { during: [showGiven(at)] }),
      ...(again.length > 0 && { again: again.map(showGiven) }),
      ...(expected !== undefined && { expected: [show(expected)] }),
      actual: [failed ?? show(actual)],
      ...(failed === undefined && { differs: differences(actual, expected) }),
      ...(schedule.point !== undefined && { advice }),
      replay: [`{ schedule: '${scheduleText(schedule)}' }`],
    },
    { actual, expected, ...('error' in result && { cause: result.error }) },
  )
}

function problemOf({ point }: Schedule, hasFailed: boolean): string {
  const outcome = hasFailed ? 'it does not get to the end' : 'the outcome is another one'
  if (point === undefined)
    return hasFailed ? `${outcome}, without any fault` : `${outcome} each time, without any fault`
  if (point === 'repeat') return `${outcome} when every event is delivered again`
  if (point.fault === 'fail') return `${outcome} when a call fails`
  if (point.fault === 'crash') return `${outcome} after a crash`
  return `${outcome} when an instance stands still, and goes on after another has taken over`
}

/** Events that a handler was given more than once, in the order of their second time. */
function deliveredAgain({ probes }: RunResult): readonly RecordedEvent[] {
  const seen = new Set<string>()
  const again = new Map<string, RecordedEvent>()
  for (const event of probes.flatMap(({ deliveries }) => deliveries)) {
    if (seen.has(event.id)) again.set(event.id, event)
    seen.add(event.id)
  }
  return [...again.values()]
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error)
}
