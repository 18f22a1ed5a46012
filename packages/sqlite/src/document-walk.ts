import type { FieldRange } from '@eventfold/core/adapter'

/** Which entries a query goes along: those of all keys, or those of a field, as far as a range of it goes. */
export interface DocumentWalk {
  /** Undefined for the keys. */
  readonly along: FieldRange | undefined
  /** What is left to be looked up for each entry. */
  readonly others: readonly FieldRange[]
}

/** The ranges of which it pays to know how narrow they are: none where the natural walk checks all by itself. */
export function rangesToProbe(
  where: readonly FieldRange[],
  orderBy: string | undefined,
): readonly FieldRange[] {
  const { others } = walkOf(where, orderBy, undefined)
  return others.length === 0 ? [] : where
}

/**
 * Along the order that is asked for, which stops when the page is full; or along a narrow range, all of it, when to
 * find a page among all others might take long.
 */
export function walkOf(
  where: readonly FieldRange[],
  orderBy: string | undefined,
  narrow: FieldRange | undefined,
): DocumentWalk {
  const along = narrow ?? naturalRange(where, orderBy)
  return { along, others: where.filter((range) => range !== along) }
}

/** Documents with one value of a field come in the order of their keys. */
export function isOneValue({ from, to }: FieldRange): boolean {
  return from !== undefined && from === to
}

function naturalRange(where: readonly FieldRange[], orderBy: string | undefined): FieldRange | undefined {
  if (orderBy === undefined) return where.find(isOneValue)
  return where.find(({ field }) => field === orderBy) ?? { field: orderBy }
}
