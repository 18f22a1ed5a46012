import type { EventStore } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import type { Timer } from '../src/schedule/timer.ts'
import { TimerRunner } from '../src/schedule/timer-runner.ts'
import { Timers } from '../src/schedule/timers.ts'

const start = 1_000_000

function timer(store: EventStore, due: number, name = `at ${due}`, stream = 'bell-1'): Timer {
  return {
    id: name,
    due: start + due,
    stream,
    event: { id: store.newId(), type: 'BellRung', data: { name } },
  }
}

async function fixture() {
  const store = openMemory()
  const timers = new Timers(store, 'test')
  let time = start
  const errors: unknown[] = []
  const newRunner = () =>
    new TimerRunner(timers, {
      now: async () => time,
      onError: (error) => errors.push(error),
      pollInterval: 5,
    })
  const rung = async (stream = 'bell-1') =>
    (await store.readStream(stream)).map(({ data }) => (data as { name: string }).name)
  return {
    store,
    timers,
    errors,
    rung,
    runner: newRunner(),
    newRunner,
    goTo: (milliseconds: number) => {
      time = start + milliseconds
    },
  }
}

test('timers fire when they are due, in the order of their times, and once', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  for (const due of [30, 10, 20]) await timers.set(timer(store, due))
  expect(await runner.fireDue()).toBe(10)
  expect(await rung()).toEqual([])
  goTo(20)
  expect(await runner.fireDue()).toBe(10)
  expect(await rung()).toEqual(['at 10', 'at 20'])
  goTo(90)
  expect(await runner.fireDue()).toBeUndefined()
  expect(await runner.fireDue()).toBeUndefined()
  expect(await rung()).toEqual(['at 10', 'at 20', 'at 30'])
})

test('a timer of the same id replaces the one before', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  await timers.set(timer(store, 10, 'one'))
  await timers.set(timer(store, 50, 'one'))
  goTo(20)
  await runner.fireDue()
  expect(await rung()).toEqual([])
  goTo(50)
  await runner.fireDue()
  expect(await rung()).toEqual(['one'])
})

test('a cancelled timer does not fire, and one that has fired cannot be cancelled', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  await timers.set(timer(store, 10))
  await timers.set(timer(store, 20))
  expect(await timers.cancel('at 10')).toBe(true)
  goTo(30)
  await runner.fireDue()
  expect(await rung()).toEqual(['at 20'])
  expect(await timers.cancel('at 20')).toBe(false)
})

test('a timer set in a transaction that rolls back does not exist', async () => {
  const { store, timers } = await fixture()
  const undone = store.transaction(async (transaction) => {
    await timers.set(timer(store, 10), transaction)
    throw new Error('as planned')
  })
  await expect(undone).rejects.toThrow('as planned')
  expect(await timers.pending(10)).toEqual([])
})

test('more than a batch is fired in one look', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  for (let due = 1; due <= 250; due++) await timers.set(timer(store, due))
  goTo(250)
  await runner.fireDue()
  expect(await rung()).toHaveLength(250)
})

test('two who fire the same at once fire it once', async () => {
  const { store, timers, runner, newRunner, rung, goTo } = await fixture()
  for (let due = 1; due <= 150; due++) await timers.set(timer(store, due))
  goTo(150)
  await Promise.all([runner.fireDue(), newRunner().fireDue(), newRunner().fireDue()])
  const names = await rung()
  expect(names).toHaveLength(150)
  expect(new Set(names).size).toBe(150)
})

test('one that cannot be fired is told, and keeps no other from firing', async () => {
  const { store, timers, runner, rung, errors, goTo } = await fixture()
  await timers.set(timer(store, 5, 'wrong', 'nostream'))
  await timers.set(timer(store, 10))
  goTo(20)
  await runner.fireDue()
  expect(await rung()).toEqual(['at 10'])
  expect(errors).toMatchObject([{ code: 'invalid-stream-id' }])
})

test('a timer is due at a time that is one', async () => {
  const { store, timers } = await fixture()
  await expect(timers.set(timer(store, Number.NaN))).rejects.toMatchObject({ code: 'invalid-option' })
})

test('a runner fires what is due, also what is set while it sleeps, and leaves nothing behind', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  await timers.set(timer(store, 10))
  goTo(15)
  await runner.start()
  await runner.start()
  await expect.poll(() => rung()).toEqual(['at 10'])
  await timers.set(timer(store, 12))
  await expect.poll(() => rung()).toEqual(['at 10', 'at 12'])
  await runner.stop()
  await runner.stop()
  await timers.set(timer(store, 13))
  await runner.start()
  await expect.poll(() => rung()).toEqual(['at 10', 'at 12', 'at 13'])
  await runner.stop()
})

test('a runner tells of a store that fails, and goes on', async () => {
  const { store, timers, runner, errors, rung, goTo } = await fixture()
  const { pending } = timers
  let calls = 0
  timers.pending = async (limit) => {
    if (++calls === 1) throw new Error('as planned')
    return pending.call(timers, limit)
  }
  await timers.set(timer(store, 10))
  goTo(15)
  await runner.start()
  await expect.poll(() => rung()).toEqual(['at 10'])
  await runner.stop()
  expect(errors).toMatchObject([{ message: 'as planned' }])
})
