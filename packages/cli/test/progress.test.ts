import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Progress } from '../src/progress.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** What is written of 20 steps, one each 300 ms, with 10 things each. */
function shown(json: boolean, isTTY: boolean, total: number | undefined): string {
  let text = ''
  const errors = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  const progress = new Progress(Object.assign(errors, { isTTY }), json, 'events')
  for (let step = 0; step <= 20; step++) {
    progress.update({ done: step * 50, total, count: step * 10 })
    vi.advanceTimersByTime(300)
  }
  progress.stop()
  return text
}

test('with --json, a line tells every second how far it is', () => {
  const lines = shown(true, true, 2_000).trimEnd().split('\n')
  expect(lines).toHaveLength(5)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    progress: { done: 200, total: 2_000, count: 40, rate: 33, remaining: 10_800 },
  })
})

test('a bar tells how far it is, how fast, and when it ends', () => {
  expect(shown(false, true, 1_000)).toContain('100% | 200 events | 33 events/s | 0 s left')
})

test('where nobody knows the end, there is no bar', () => {
  const text = shown(false, true, undefined)
  expect(text).toContain('200 events | 33 events/s')
  expect(text).not.toContain('%')
})

test('where nobody looks, nothing is shown', () => {
  expect(shown(false, false, 1_000)).toBe('')
})
