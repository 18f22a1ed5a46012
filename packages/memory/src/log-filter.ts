import type { LogFilter, StoredEvent } from '@eventfold/core/adapter'

/** Whether every part of the filter that is given holds. */
export function matchesFilter(event: StoredEvent, { category, stream, types, tags }: LogFilter): boolean {
  return (
    (category === undefined || event.stream.startsWith(`${category}-`)) &&
    (stream === undefined || event.stream === stream) &&
    (types === undefined || types.includes(event.type)) &&
    (tags === undefined || tags.every((tag) => event.tags.includes(tag)))
  )
}
