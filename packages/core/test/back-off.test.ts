import { expect, test } from 'vitest'
import { BackOff } from '../src/subscription/back-off.ts'

test('pauses double up to the longest, and begin anew after a success', () => {
  const backOff = new BackOff(50, 300, () => 0)
  expect([backOff.next(), backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([
    50, 100, 200, 300, 300,
  ])
  expect(backOff.attempts).toBe(5)
  backOff.reset()
  expect(backOff.attempts).toBe(0)
  expect(backOff.next()).toBe(50)
})

test('a pause is shortened by chance, by a half at most', () => {
  expect(new BackOff(100, 1_000, () => 0.5).next()).toBe(75)
  expect(new BackOff(100, 1_000, () => 0.999_999).next()).toBeCloseTo(50)
})

test('however often it failed, the pause is the longest', () => {
  const backOff = new BackOff(50, 5_000, () => 0)
  for (let attempt = 0; attempt < 2_000; attempt++) backOff.next()
  expect(backOff.next()).toBe(5_000)
})
