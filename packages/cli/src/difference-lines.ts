import type { DocumentDifference, RebuildDifference, TableDifference } from '@eventfold/core'
import { toJson } from './to-json.ts'

/** How a difference of read models is told: where it is, and both sides of it. */
export function differenceLines(
  difference: DocumentDifference<unknown> | RebuildDifference<unknown> | TableDifference,
): readonly string[] {
  if ('table' in difference) {
    const { table, in: side, row } = difference
    return [`  ${table}, only in the ${side}: ${toJson(row)}`]
  }
  const [before, after] =
    'stored' in difference
      ? [`stored    ${show(difference.stored)}`, `expected  ${show(difference.expected)}`]
      : [`current  ${show(difference.current)}`, `rebuilt  ${show(difference.rebuilt)}`]
  return [`  ${difference.key}`, `    ${before}`, `    ${after}`]
}

function show(document: unknown): string {
  return document === undefined ? '(none)' : toJson(document)
}
