import type { AggregateShape, EventfoldConfig } from './define-config.ts'

/** The definitions of the aggregates of a config, whether they are given alone or with the options of a repository. */
export function aggregatesOf({ aggregates = [] }: EventfoldConfig): readonly AggregateShape[] {
  return aggregates.map((given) => ('definition' in given ? given.definition : given))
}
