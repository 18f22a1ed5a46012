import type { LogQuery, StoredEvent } from '@eventfold/core/adapter'
import { readEvent } from './event-row.ts'
import { logStatement, unfilteredLogStatement } from './log-statement.ts'
import type { Execution } from './prepared-call.ts'
import type { Row } from './statement.ts'
import { wholeNumber } from './whole-number.ts'

/** A read of a page of the log, and what its rows tell. */
export interface PageRead {
  readonly call: Execution<unknown>
  found(rows: readonly unknown[]): Found
}

/** What a page of the log has come upon. */
export interface Found {
  /** One more than the page holds tells that there is more. */
  readonly events: readonly StoredEvent[]
  /** The last position that was looked at, if there is any. */
  readonly scanned: number | undefined
  /** Whether that is the last of all; undefined: unknown. */
  readonly isLast?: boolean | undefined
}

/** Fewest positions that a page looks at where no index leads to what matches. */
const leastReach = 2_000

/** @param last as far as it looks */
export function logPage(schema: string, query: LogQuery, last: number): PageRead {
  const { after, backwards, limit, filter } = query
  if (Object.values(filter).every((part) => part === undefined)) {
    const statement = unfilteredLogStatement(schema, backwards)
    return {
      call: { statement, values: [after, last, limit + 1], read: (row) => readEvent(row) },
      found: foundAlone,
    }
  }
  const { statement, values, hasIndex } = logStatement(schema, query)
  const reach = hasIndex ? Number.MAX_SAFE_INTEGER : Math.max(leastReach, limit * 2)
  return {
    call: { statement, values: [after, last, limit + 1, reach, ...values], read: readJoined },
    found: foundJoined,
  }
}

/** What of it lies up to a position, where it was read forwards. */
export function upTo(last: number, found: Found): Found {
  if (found.scanned === undefined || found.scanned <= last) return found
  return { events: found.events.filter(({ position }) => position <= last), scanned: last, isLast: true }
}

function foundAlone(rows: readonly unknown[]): Found {
  const events = rows as readonly StoredEvent[]
  return { events, scanned: events.at(-1)?.position }
}

interface JoinedRow {
  readonly scanned: number | undefined
  readonly isLast: boolean
  readonly event: StoredEvent | undefined
}

function foundJoined(rows: readonly unknown[]): Found {
  const [first, ...rest] = rows as readonly [JoinedRow, ...JoinedRow[]]
  const { scanned, isLast, event } = first
  // The join gives one row without an event where none matches.
  const events = event === undefined ? [] : [event, ...rest.map((row) => row.event as StoredEvent)]
  return { events, scanned, isLast }
}

function readJoined(row: Row): JoinedRow {
  const [scanned, isLast, position] = row
  return {
    scanned: typeof scanned === 'string' ? wholeNumber(scanned) : undefined,
    isLast: isLast === 't',
    event: typeof position === 'string' ? readEvent(row, 2) : undefined,
  }
}
