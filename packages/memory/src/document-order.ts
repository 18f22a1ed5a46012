import type { DocumentQuery, FieldRange } from '@eventfold/core/adapter'

/** Where a document stands: by the value of the field it is ordered by, if any, then by key. */
type Place = NonNullable<DocumentQuery['after']>

export function comparePlaces(a: Place, b: Place): number {
  return compareTexts(a.value ?? '', b.value ?? '') || compareTexts(a.key, b.key)
}

export function liesWithin(fields: ReadonlyMap<string, string>, { field, from, to }: FieldRange): boolean {
  const value = fields.get(field)
  return (
    value !== undefined &&
    (from === undefined || compareTexts(value, from) >= 0) &&
    (to === undefined || compareTexts(value, to) <= 0)
  )
}

/** By UTF-8 bytes. The order of UTF-16 units, which `<` uses, is another one only where surrogates are concerned. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const [unit, other] = [a.charCodeAt(index), b.charCodeAt(index)]
    if (unit !== other) return Number(isSurrogate(unit)) - Number(isSurrogate(other)) || unit - other
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
