import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Alarm, sleep } from '../src/subscription/alarm.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Whether the promise has resolved, once all microtasks have run. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false
  void promise.then(() => {
    over = true
  })
  await vi.advanceTimersByTimeAsync(0)
  return over
}

describe('a sleep', () => {
  test('lasts as long as it was asked to', async () => {
    const sleeping = new Alarm().sleep(100, undefined)
    await vi.advanceTimersByTimeAsync(99)
    expect(await isOver(sleeping)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await isOver(sleeping)).toBe(true)
  })

  test('ends when it rings, and leaves no timer', async () => {
    const alarm = new Alarm()
    const sleeping = alarm.sleep(100, undefined)
    alarm.ring()
    expect(await isOver(sleeping)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not begin when it has rung, once', async () => {
    const alarm = new Alarm()
    alarm.ring()
    alarm.ring()
    expect(await isOver(alarm.sleep(100, undefined))).toBe(true)
    expect(await isOver(alarm.sleep(100, undefined))).toBe(false)
  })

  test('begins when the ring was forgotten', async () => {
    const alarm = new Alarm()
    alarm.ring()
    alarm.reset()
    expect(await isOver(alarm.sleep(100, undefined))).toBe(false)
  })

  test('ends by a signal, before and during, and leaves neither timer nor listener', async () => {
    const controller = new AbortController()
    const sleeping = sleep(100, controller.signal)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort()
    expect(await isOver(sleeping)).toBe(true)
    expect(await isOver(sleep(100, controller.signal))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  test('that ends by itself leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const sleeping = sleep(100, signal)
    await vi.advanceTimersByTimeAsync(100)
    expect(await isOver(sleeping)).toBe(true)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('longer than any timer does not end at once', async () => {
    const sleeping = sleep(Number.MAX_SAFE_INTEGER)
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(await isOver(sleeping)).toBe(false)
  })
})
