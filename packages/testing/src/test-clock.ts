import type { Clock, IdSource } from '@eventfold/core'

/**
 * A clock that stands still until it is moved.
 *
 * @example
 * const clock = testClock('2026-01-01')
 * const store = openMemory({ clock })
 * clock.advance(60_000)
 */
export function testClock(start: string | Date = '2026-01-01T00:00:00.000Z'): TestClock {
  let now = new Date(start).getTime()
  const clock = (): Date => new Date(now)
  return Object.assign(clock, {
    advance(milliseconds: number) {
      now += milliseconds
    },
    set(time: string | Date) {
      now = new Date(time).getTime()
    },
  })
}

export interface TestClock extends Clock {
  /** Moves the clock, in milliseconds. */
  advance(milliseconds: number): void
  set(time: string | Date): void
}

/**
 * Ids that are the same in every run: 00000000-0000-7000-8000-000000000001 and so on.
 *
 * @example
 * const store = openMemory({ newId: testIds() })
 */
export function testIds(): IdSource {
  let count = 0
  return () => `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}`
}
