import { expect, test } from 'vitest'
import { CallsUnderWay } from '../src/store/calls-under-way.ts'

test('whoever waits waits for all calls that have begun before, and for none that begins later', async () => {
  const calls = new CallsUnderWay()
  await calls.earlierEnded()
  const [first, second] = [calls.begin(), calls.begin()]
  calls.split()
  const waiting = { first: true, second: true }
  const one = calls.earlierEnded().then(() => {
    waiting.first = false
  })
  const third = calls.begin()
  calls.split()
  const two = calls.earlierEnded().then(() => {
    waiting.second = false
  })
  calls.begin()
  calls.end(third)
  calls.end(first)
  for (let turn = 0; turn < 20; turn++) await null
  expect(waiting).toEqual({ first: true, second: true })
  calls.end(second)
  await one
  await two
  calls.split()
  calls.split()
  expect(waiting).toEqual({ first: false, second: false })
})

test('a transaction is before the splits that come while it runs, and forgotten when it ends', async () => {
  const calls = new CallsUnderWay()
  const handle = {}
  const before = calls.split()
  let after = 0
  const run = <Result>(work: (transaction: object) => Promise<Result>) => work(handle)
  const result = await calls.transaction(run, async (transaction) => {
    expect(transaction).toBe(handle)
    expect(calls.isBefore(before, handle)).toBe(false)
    after = calls.split()
    expect(calls.isBefore(after, handle)).toBe(true)
    expect(calls.isBefore(before, handle)).toBe(false)
    return 7
  })
  expect(result).toBe(7)
  expect(calls.isBefore(after, handle)).toBe(false)
  expect(calls.isBefore(after, undefined)).toBe(false)
  const failing = calls.transaction(run, async () => {
    throw new Error('undone')
  })
  await expect(failing).rejects.toThrow('undone')
  await calls.earlierEnded()
})
