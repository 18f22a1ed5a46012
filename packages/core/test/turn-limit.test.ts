import { expect, test } from 'vitest'
import { TurnLimit } from '../src/subscription/turn-limit.ts'

/** Keeps the thread busy. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('a loop that awaits nothing real lets timers run', async () => {
  const turns = new TurnLimit()
  let fired = false
  setTimeout(() => {
    fired = true
  }, 0)
  let rounds = 0
  for (; !fired && rounds < 1_000; rounds++) {
    work(2)
    await turns.pass()
  }
  expect(fired).toBe(true)
  expect(rounds).toBeLessThan(1_000)
})

test('a loop with little to do is not held up', async () => {
  const turns = new TurnLimit()
  let turned = false
  setTimeout(() => {
    turned = true
  }, 0)
  for (let round = 0; round < 5; round++) await turns.pass()
  expect(turned).toBe(false)
})
