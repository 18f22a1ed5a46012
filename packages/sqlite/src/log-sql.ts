import type { LogFilter } from '@eventfold/core/adapter'
import { limitTo } from './limit-to.ts'
import { eventColumns } from './rows.ts'

/** Values for the statement of a page; it uses those that its filter needs. Bounds are inclusive. */
export interface LogParameters {
  readonly first: number
  readonly last: number
  readonly limit: number
  readonly category?: string | undefined
  readonly stream?: string | undefined
  readonly fromVersion?: number | undefined
  readonly toVersion?: number | undefined
  /** As a JSON array. */
  readonly types?: string | undefined
  readonly [tag: `tag${number}`]: string
}

/** Which of the indexes a page walks: the one that narrows most. All of them are in the order of positions. */
export type Walk = 'stream' | 'tag' | 'log'

export function walkOf({ stream, tags }: LogFilter): Walk {
  if (stream !== undefined) return 'stream'
  return tags === undefined ? 'log' : 'tag'
}

const sources: Record<Walk, string> = {
  stream: 'FROM eventfold_events WHERE stream = @stream AND version BETWEEN @fromVersion AND @toVersion',
  // CROSS fixes the order: the tag first.
  tag: `FROM eventfold_tags AS walk CROSS JOIN eventfold_events USING (position)
    WHERE walk.tag = @tag0 AND walk.position BETWEEN @first AND @last`,
  log: 'FROM eventfold_events WHERE position BETWEEN @first AND @last',
}

/** The statement for a page of the whole log. Parameters: two positions, exclusive, and most events. */
export function unfilteredSql(order: 'ASC' | 'DESC'): string {
  return `
    SELECT ${eventColumns} FROM eventfold_events WHERE position > ? AND position < ?
    ORDER BY position ${order} ${limitTo('?')}`
}

/**
 * The statement for one page of what a filter lets through. It has no value of the filter in it, so there are few
 * different ones.
 */
export function logSql(filter: LogFilter, backwards: boolean): string {
  const walk = walkOf(filter)
  const otherTags = (filter.tags ?? []).map((_, index) => index).slice(walk === 'tag' ? 1 : 0)
  const conditions = [
    ...(filter.category === undefined ? [] : [`substr(stream, 1, length(@category) + 1) = @category || '-'`]),
    ...(filter.types === undefined ? [] : ['type IN (SELECT value FROM json_each(@types))']),
    ...otherTags.map(
      (index) => `EXISTS (
        SELECT 1 FROM eventfold_tags AS other
        WHERE other.tag = @tag${index} AND other.position = eventfold_events.position)`,
    ),
  ]
  return `
    SELECT ${eventColumns} ${[sources[walk], ...conditions].join('\n    AND ')}
    ORDER BY ${walk === 'stream' ? 'version' : 'position'} ${backwards ? 'DESC' : 'ASC'} ${limitTo('@limit')}`
}
