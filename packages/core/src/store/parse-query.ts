import { checkCount } from '../check-count.ts'
import { InvalidInputError } from '../errors.ts'
import { checkTags } from '../event/encode-event.ts'
import { checkCategory, checkStreamId } from '../event/stream-id.ts'
import { checkName } from '../event/text-rules.ts'
import type { ReadLogOptions, ReadStreamOptions } from './event-store-options.ts'
import type { LogFilter, LogQuery, StreamQuery } from './store-adapter.ts'

/** Events of a page, where the caller does not say. */
export const pageSize = 1000

export function parseStreamQuery(stream: string, options: ReadStreamOptions): Omit<StreamQuery, 'limit'> {
  checkStreamId(stream)
  return {
    stream,
    from: checkCount(options.from ?? 1, 'from', 1),
    to: checkCount(options.to ?? Number.MAX_SAFE_INTEGER, 'to', 0),
    backwards: options.backwards ?? false,
  }
}

export function parseLogQuery(options: ReadLogOptions): LogQuery {
  return {
    after: checkCount(options.after ?? 0, 'after', 0),
    before: checkCount(options.before ?? Number.MAX_SAFE_INTEGER, 'before', 0),
    backwards: options.backwards ?? false,
    limit: checkCount(options.limit ?? pageSize, 'limit', 1),
    filter: parseLogFilter(options),
  }
}

/** The filter alone, of options that have more. */
export function parseLogFilter({ category, stream, types, tags }: LogFilter): LogFilter {
  if (category !== undefined) checkCategory(category)
  if (stream !== undefined) checkStreamId(stream)
  if (types !== undefined && !Array.isArray(types)) {
    throw new InvalidInputError('invalid-option', 'The types of a filter are not an array.')
  }
  for (const type of types ?? []) checkName(type, 'event type', 'invalid-event-type', 256)
  if (types?.length === 0 || tags?.length === 0) {
    throw new InvalidInputError(
      'invalid-option',
      'A filter with an empty list matches nothing. Leave it out.',
    )
  }
  return {
    ...(category !== undefined && { category }),
    ...(stream !== undefined && { stream }),
    ...(types !== undefined && { types }),
    ...(tags !== undefined && { tags: checkTags(tags) }),
  }
}
