import type { StoredEvent } from '../event/stored-event.ts'
import type { LogFilter } from './store-adapter.ts'

/** Whether every part of the filter that is given holds. */
export function matchesFilter(
  event: Pick<StoredEvent, 'stream' | 'type' | 'tags'>,
  { category, stream, types, tags }: LogFilter,
): boolean {
  return (
    (category === undefined || event.stream.startsWith(`${category}-`)) &&
    (stream === undefined || event.stream === stream) &&
    (types === undefined || types.includes(event.type)) &&
    (tags === undefined || tags.every((tag) => event.tags.includes(tag)))
  )
}
