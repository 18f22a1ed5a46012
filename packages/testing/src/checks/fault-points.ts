import type { CallRecord } from './probe.ts'
import type { FaultPoint } from './schedule.ts'

/**
 * Everything that can go wrong in a run that made these calls. First what tells most where it breaks something: crashes
 * before others, and those in what the user has written before those in the store.
 */
export function faultPoints(calls: readonly CallRecord[], mayPauseHandlers: boolean): readonly FaultPoint[] {
  const services = calls.filter(({ call }) => call.startsWith('services'))
  const handlers = calls.filter(({ call }) => call === 'handler')
  const others = calls.filter((record) => !services.includes(record) && !handlers.includes(record))
  const ordered = [...services, ...handlers, ...others]
  const pausing = ordered.filter(({ call, mayPause }) => mayPause && (call !== 'handler' || mayPauseHandlers))
  return [
    ...ordered.flatMap(crashPoints),
    ...services.flatMap(({ call, nth }) => [
      { fault: 'fail' as const, when: 'before' as const, call, nth },
      { fault: 'fail' as const, when: 'after' as const, call, nth },
    ]),
    ...pausing.map(({ call, nth }) => ({ fault: 'pause' as const, when: 'before' as const, call, nth })),
  ]
}

function crashPoints({ call, nth, hasEffect }: CallRecord): readonly FaultPoint[] {
  const before = { fault: 'crash' as const, when: 'before' as const, call, nth }
  return hasEffect ? [before, { ...before, when: 'after' as const }] : [before]
}
