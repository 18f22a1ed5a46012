import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LogHead } from '../src/log-reader.ts'
import { LogWatch } from '../src/log-watch.ts'

let head: LogHead
let looks: number[]
let moves: number[]
let withheld: number[]
let watch: LogWatch

beforeEach(async () => {
  vi.useFakeTimers({ now: 0 })
  head = { safe: 5, newest: 5 }
  looks = []
  moves = []
  withheld = []
  watch = new LogWatch(
    1_000,
    async () => {
      looks.push(Date.now())
      return head
    },
    () => moves.push(Date.now()),
    () => withheld.push(Date.now()),
  )
  await watch.start()
})

afterEach(() => {
  watch.stop()
  vi.useRealTimers()
})

test('looks less and less often while nothing happens', async () => {
  await vi.advanceTimersByTimeAsync(4_000)
  expect(looks).toEqual([0, 20, 60, 140, 300, 620, 1_260, 2_260, 3_260])
  expect(moves).toEqual([])
})

test('tells of events that nobody has told of', async () => {
  await vi.advanceTimersByTimeAsync(100)
  head = { safe: 6, newest: 6 }
  await vi.advanceTimersByTimeAsync(400)
  expect(moves).toEqual([140])
})

test('tells nothing again of what was told, as long as that was all', async () => {
  watch.told(5, 6)
  head = { safe: 6, newest: 6 }
  await vi.advanceTimersByTimeAsync(100)
  expect(moves).toEqual([])
  watch.told(7, 8)
  head = { safe: 8, newest: 8 }
  await vi.advanceTimersByTimeAsync(400)
  expect(moves).toEqual([140])
})

test('looks often while events are withheld, and tells when they are readable', async () => {
  head = { safe: 5, newest: 7 }
  await vi.advanceTimersByTimeAsync(100)
  expect(withheld).toEqual([20, 40, 60, 80, 100])
  head = { safe: 7, newest: 7 }
  await vi.advanceTimersByTimeAsync(200)
  expect(moves).toEqual([120])
  expect(looks.slice(-3)).toEqual([120, 160, 240])
})

test('takes events that are stored while it looks for what they are', async () => {
  for (let safe = 6; safe < 12; safe++) {
    head = { safe, newest: safe + 1 }
    await vi.advanceTimersByTimeAsync(20 * 2 ** (safe - 6))
  }
  expect(withheld).toEqual([])
  expect(moves).toHaveLength(6)
})

test('looks soon when it has to hurry, however often it is told to', async () => {
  await vi.advanceTimersByTimeAsync(2_300)
  expect(looks.at(-1)).toBe(2_260)
  for (let time = 0; time < 6; time++) {
    watch.hurry()
    await vi.advanceTimersByTimeAsync(5)
  }
  expect(looks.at(-1)).toBe(2_320)
  watch.hurry()
  watch.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(looks.at(-1)).toBe(2_320)
})
