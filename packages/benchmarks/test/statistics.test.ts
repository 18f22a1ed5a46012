import { describe, expect, test } from 'vitest'
import { median, quantile, ratioOf } from '../src/statistics.ts'

describe('statistics', () => {
  test('the median of an even number of values lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([9])).toBe(9)
  })

  test('a quantile lies between its neighbours', () => {
    expect(quantile([0, 10, 20, 30, 40], 0.25)).toBe(10)
    expect(quantile([0, 10], 0.75)).toBe(7.5)
  })

  test('a ratio is taken round by round, so that a busy moment of the machine does not count', () => {
    expect(ratioOf([200, 20, 200], [100, 10, 100])).toEqual({
      median: 2,
      lowerQuartile: 2,
      upperQuartile: 2,
    })
  })
})
