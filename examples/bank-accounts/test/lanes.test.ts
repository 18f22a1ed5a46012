import { setTimeout as sleep } from 'node:timers/promises'
import { Lanes } from '@eventfold/example-terminal'
import { expect, test } from 'vitest'

test('what is in one lane runs in order, and the lanes run concurrently', async () => {
  const lanes = new Lanes(10)
  const log: string[] = []
  const work = (name: string, milliseconds: number) => async () => {
    log.push(`${name} starts`)
    await sleep(milliseconds)
    log.push(`${name} ends`)
  }
  await lanes.lineUp('a', work('a1', 20))
  await lanes.lineUp('a', work('a2', 0))
  await lanes.lineUp('b', work('b1', 0))
  await lanes.finish()
  expect(log).toEqual(['a1 starts', 'b1 starts', 'b1 ends', 'a1 ends', 'a2 starts', 'a2 ends'])
})

test('no more work is under way than the limit', async () => {
  const lanes = new Lanes(3)
  let underWay = 0
  let most = 0
  for (let lane = 0; lane < 20; lane++) {
    most = Math.max(most, ++underWay)
    await lanes.lineUp(String(lane), async () => {
      await sleep(1)
      underWay--
    })
  }
  await lanes.finish()
  expect(underWay).toBe(0)
  // One more waits to be lined up.
  expect(most).toBe(4)
})

test('after a failure nothing more is started, and whoever lines up or finishes gets it', async () => {
  const lanes = new Lanes(10)
  const started: string[] = []
  const failure = new Error('no')
  await lanes.lineUp('a', async () => {
    started.push('a1')
    await sleep(1)
    throw failure
  })
  await lanes.lineUp('a', async () => void started.push('a2'))
  await sleep(10)
  await expect(lanes.lineUp('b', async () => void started.push('b1'))).rejects.toBe(failure)
  await expect(lanes.finish()).rejects.toBe(failure)
  expect(started).toEqual(['a1'])
})
