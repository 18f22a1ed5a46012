import { InvalidInputError } from '@eventfold/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareTexts } from '../src/event/text-order.ts'
import { toFieldRange, toFieldText } from '../src/projection/field-text.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function compareBytes(a: string, b: string): number {
  const [left, right] = [bytes(a), bytes(b)]
  for (const [index, byte] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (byte !== other) return byte - other
  }
  return left.length - right.length
}

const sign = (value: number) => Math.sign(value)

test('texts are compared by their bytes of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(sign(compareTexts(a, b))).toBe(sign(compareBytes(a, b)))
    }),
  )
  expect(compareTexts('\u{1f600}', '\uffff')).toBeGreaterThan(0)
})

test('numbers sort as numbers', () => {
  const numbers = fc.double({ noNaN: true })
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const order = compareBytes(toFieldText(a, 'f'), toFieldText(b, 'f'))
      expect(sign(order)).toBe(a === b ? 0 : a < b ? -1 : 1)
    }),
  )
  const sorted = [-Infinity, -1e300, -2, -1.5, -1e-300, 0, 5e-324, 0.1, 1, 2, 10, 1e21, Infinity]
  expect(sorted.map((n) => toFieldText(n, 'f')).sort()).toEqual(sorted.map((n) => toFieldText(n, 'f')))
})

test('dates sort by time, text by code points, and kinds stay apart', () => {
  const values = [
    null,
    false,
    true,
    -1,
    7,
    new Date('1969-01-01'),
    new Date('2026-01-01'),
    '',
    '10',
    '9',
    'a',
  ]
  const texts = values.map((value) => toFieldText(value, 'f'))
  expect([...texts].sort(compareTexts)).toEqual(texts)
  expect(new Set(texts).size).toBe(values.length)
})

test('a range of one kind has no value of another', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
  )
  fc.assert(
    fc.property(fc.double({ noNaN: true }), value, fc.boolean(), (bound, other, isLower) => {
      if (typeof other === 'string' && (other.includes('\0') || !other.isWellFormed())) return
      const range = toFieldRange('f', isLower ? { from: bound } : { to: bound })
      const text = toFieldText(other, 'f')
      const isWithin = compareTexts(text, range.from ?? '') >= 0 && compareTexts(text, range.to ?? '') <= 0
      expect(isWithin).toBe(typeof other === 'number' && (isLower ? other >= bound : other <= bound))
    }),
  )
})

test('what is no value to find by is refused', () => {
  for (const wrong of [Number.NaN, new Date(Number.NaN), 'a\0b', '\ud800', 'x'.repeat(513), {}, 1n]) {
    expect(() => toFieldText(wrong as never, 'size')).toThrowError(
      expect.objectContaining({ code: 'invalid-document', pointer: '/size' }),
    )
  }
  for (const wrong of [{}, { from: 1, to: 'a' }, [1]]) {
    expect(() => toFieldRange('size', wrong)).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  }
  expect(() => toFieldRange('size', undefined)).toThrow(InvalidInputError)
})
