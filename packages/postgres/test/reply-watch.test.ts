import pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ReplyWatch } from '../src/reply-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a call that outlives the time-out of the server by seconds loses its connection, and no other does', () => {
  const watch = new ReplyWatch(10_000)
  const [stuck, slow, unwatched] = [new pg.Client(), new pg.Client(), new pg.Client()]
  const ended = [stuck, slow, unwatched].map((client) => vi.spyOn(client, 'end').mockResolvedValue())
  watch.begin(stuck)
  watch.begin(slow)
  vi.advanceTimersByTime(14_000)
  watch.end(slow)
  vi.advanceTimersByTime(3_000)
  expect(ended.map(({ mock }) => mock.calls.length > 0)).toEqual([true, false, false])
  watch.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('without a time-out nothing is watched', () => {
  const watch = new ReplyWatch(0)
  watch.begin(new pg.Client())
  expect(vi.getTimerCount()).toBe(0)
})
