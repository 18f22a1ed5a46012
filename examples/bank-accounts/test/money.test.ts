import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMoney, parseMoney } from '../src/money.ts'

test.each([
  ['700.00', 70_000],
  ['0.10', 10],
  ['0.07', 7],
  ['12.3', 1_230],
  ['12', 1_200],
  ['-5446.60', -544_660],
  ['-0.00', 0],
  ['90071992547409.91', Number.MAX_SAFE_INTEGER],
])('%s is %d minor units', (text, minorUnits) => {
  expect(parseMoney(text)).toBe(minorUnits)
})

test.each(['', '-', '.5', '1.', '1.005', '1,50', '1e3', ' 1', '+1', '0x10', 'NaN', '90071992547409.92'])(
  '%j is no amount of money',
  (text) => {
    expect(parseMoney(text)).toBeUndefined()
  },
)

test.each([
  [0, '0.00'],
  [7, '0.07'],
  [-7, '-0.07'],
  [1_230, '12.30'],
  [123_456_789, '1,234,567.89'],
  [-544_660, '-5,446.60'],
])('%d minor units are shown as %s', (minorUnits, text) => {
  expect(formatMoney(minorUnits)).toBe(text)
})

test('what is formatted can be parsed, to the last minor unit', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (minorUnits) => {
      expect(parseMoney(formatMoney(minorUnits).replaceAll(',', ''))).toBe(minorUnits)
    }),
  )
})
