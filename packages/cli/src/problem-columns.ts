import type { SchemaProblem } from '@eventfold/core/schemas'
import type { Column } from './listing.ts'

/** Problems of event schemas. */
export const problemColumns: readonly Column<SchemaProblem>[] = [
  { title: 'problem', cell: ({ code }) => code },
  { title: 'category', cell: ({ category }) => category },
  { title: 'event', cell: ({ type }) => type },
  { title: 'what, and what to do', cell: ({ message }) => message, wraps: true },
]
