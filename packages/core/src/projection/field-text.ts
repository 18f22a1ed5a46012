import { InvalidInputError } from '../errors.ts'
import { exceedsBytes } from '../event/text-rules.ts'
import type { FieldRange } from '../store/document-adapter.ts'

/** What documents can be found by. Undefined: the document is not found by this field. */
export type FieldScalar = string | number | boolean | Date | null | undefined

/** A value to find, or a range of values of one kind with both ends included. */
export type FieldCondition<Value> =
  | Exclude<Value, undefined>
  | { readonly from?: Exclude<Value, null | undefined>; readonly to?: Exclude<Value, null | undefined> }

/** Longest text of a field, in bytes. */
const maxBytes = 512

/** Kinds follow each other in this order, and each in its natural one. */
const kinds = { null: 'a', boolean: 'c', number: 'n', date: 'q', string: 's' } as const

const view = new DataView(new ArrayBuffer(8))

/**
 * Text whose order by bytes is that of the values: null, false, true, numbers, dates, strings (by code points).
 *
 * @throws InvalidInputError `invalid-document`
 */
export function toFieldText(value: Exclude<FieldScalar, undefined>, field: string): string {
  if (value === null) return kinds.null
  switch (typeof value) {
    case 'string':
      if (exceedsBytes(value, maxBytes)) throw invalid(field, `is longer than ${maxBytes} bytes`)
      if (value.includes('\0') || !value.isWellFormed()) throw invalid(field, 'is no well-formed text')
      return kinds.string + value
    case 'number':
      if (Number.isNaN(value)) throw invalid(field, 'is not a number')
      return kinds.number + toSortableHex(value)
    case 'boolean':
      return kinds.boolean + (value ? '1' : '0')
    default:
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
        throw invalid(field, 'is neither text, a number, true, false, null nor a valid date')
      }
      return kinds.date + toSortableHex(value.getTime())
  }
}

/**
 * The range of texts that a condition stands for.
 *
 * @throws InvalidInputError `invalid-option`, `invalid-document`
 */
export function toFieldRange(field: string, condition: unknown): FieldRange {
  if (typeof condition !== 'object' || condition === null || condition instanceof Date) {
    const text = toFieldText(condition as Exclude<FieldScalar, undefined>, field)
    return { field, from: text, to: text }
  }
  const { from, to } = condition as { readonly from?: FieldScalar; readonly to?: FieldScalar }
  const given = from ?? to
  if (given === undefined || given === null) {
    throw new InvalidInputError('invalid-option', `The condition on ${field} is neither a value nor a range.`)
  }
  const kind = toFieldText(given, field).charAt(0)
  const [lower, upper] = [from, to].map((end) => {
    const text = end === undefined || end === null ? undefined : toFieldText(end, field)
    if (text === undefined || text.startsWith(kind)) return text
    throw new InvalidInputError('invalid-option', `The ends of the range of ${field} are of different kinds.`)
  })
  // The letter after that of a kind is no kind.
  return { field, from: lower ?? kind, to: upper ?? String.fromCharCode(kind.charCodeAt(0) + 1) }
}

/** The bits of a double in an order that sorts: all turned around for a negative one, else the sign only. */
function toSortableHex(value: number): string {
  view.setFloat64(0, value === 0 ? 0 : value)
  const high = view.getInt32(0)
  const low = view.getUint32(4)
  const turned = high < 0 ? [~high >>> 0, ~low >>> 0] : [(high ^ 0x80000000) >>> 0, low]
  return turned.map((half) => half.toString(16).padStart(8, '0')).join('')
}

function invalid(field: string, problem: string): InvalidInputError {
  return new InvalidInputError('invalid-document', `The value of field ${field} ${problem}.`, {
    pointer: `/${field}`,
  })
}
