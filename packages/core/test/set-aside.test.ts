import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SetAside } from '../src/schedule/set-aside.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** How long it is left alone, in milliseconds. */
function restOf(aside: SetAside, key: string): number {
  for (let passed = 0; ; passed += 10) {
    if (!aside.has(key)) return passed
    vi.advanceTimersByTime(10)
  }
}

test('what fails is left alone, longer each time, up to ten seconds, and nothing else is', () => {
  const aside = new SetAside(() => 0)
  const rests: number[] = []
  for (let failures = 1; failures <= 9; failures++) {
    aside.add('a')
    expect(aside.has('b')).toBe(false)
    rests.push(restOf(aside, 'a'))
  }
  expect(rests).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
})

test('what has succeeded begins anew', () => {
  const aside = new SetAside(() => 0)
  for (let failures = 1; failures <= 5; failures++) aside.add('a')
  aside.delete('a')
  expect(aside.has('a')).toBe(false)
  aside.add('a')
  expect(restOf(aside, 'a')).toBe(100)
})

test('what nobody asks for any more is forgotten', () => {
  const aside = new SetAside(() => 0)
  for (let failures = 1; failures <= 5; failures++) aside.add('a')
  vi.advanceTimersByTime(70_000)
  aside.add('b')
  aside.add('a')
  expect(restOf(aside, 'a')).toBe(100)
})
