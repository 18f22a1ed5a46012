import { expect, test } from 'vitest'
import { Probe } from '../src/checks/probe.ts'

const point = { fault: 'pause', when: 'before', call: 'store.read', nth: 1 } as const

test('a call stands still where that was planned', async () => {
  const probe = new Probe(new Set(), point)
  let isDone = false
  const call = probe.call('store.read', { hasEffect: false, mayPause: true }, async () => {
    isDone = true
  })
  await probe.struck
  expect(isDone).toBe(false)
  probe.release()
  await call
  expect(isDone).toBe(true)
})

test('a call in a transaction, whose locks others need, does not stand still', async () => {
  const probe = new Probe(new Set(), point)
  const call = probe.call('store.read', { hasEffect: false, mayPause: false }, async () => 'done')
  expect(await call).toBe('done')
  expect(probe.hasStruck).toBe(false)
})
