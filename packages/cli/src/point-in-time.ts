import { InvalidArgumentError } from '@commander-js/extra-typings'

/** Reads an option that is a time, such as 2026-01-31 (midnight UTC), 2026-01-31T12:00 (local) or 2026-01-31T12:00Z. */
export function pointInTime(text: string): Date {
  const time = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('It must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z.')
}

/** A time as tables show it. */
export function showTime(time: Date | undefined): string {
  return time === undefined ? '' : time.toISOString().replace('T', ' ')
}
