import { type EventStore, LockTimeoutError } from '@eventfold/core'
import type { DocumentAdapter } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import { expect, test, vi } from 'vitest'
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

test('those that cannot be fired keep no other from firing, however many, and are tried again later', async () => {
  const { store, timers, runner, rung, errors, goTo } = await fixture()
  for (let due = 1; due <= 101; due++) await timers.set(timer(store, 5, `wrong ${due}`, 'nostream'))
  await timers.set(timer(store, 10))
  goTo(20)
  await runner.fireDue()
  expect(await rung()).toEqual(['at 10'])
  expect(errors).toHaveLength(101)
  await expect
    .poll(async () => {
      await runner.fireDue()
      return errors.length
    })
    .toBeGreaterThan(101)
})

test('one that cannot be read keeps no other from firing', async () => {
  const { store, timers, runner, rung, errors, goTo } = await fixture()
  await store.adapter.documents?.write([{ ...timers.setWrite(timer(store, 5)), data: 'no timer' }])
  await timers.set(timer(store, 10))
  goTo(20)
  await runner.fireDue()
  expect(await rung()).toEqual(['at 10'])
  expect(errors).toEqual([expect.any(SyntaxError)])
})

test('those of a stream that is locked wait, in order, and keep no others from firing', async () => {
  const { store, timers, runner, rung, errors, goTo } = await fixture()
  const { append } = store.adapter
  let isLocked = true
  store.adapter.append = (writes, transaction) => {
    const waits = isLocked && writes.some(({ stream }) => stream === 'bell-1')
    return waits ? Promise.reject(new LockTimeoutError(1)) : append.call(store.adapter, writes, transaction)
  }
  for (const due of [1, 2, 150]) await timers.set(timer(store, due))
  for (let due = 3; due < 150; due++) await timers.set(timer(store, due, `at ${due}`, 'bell-2'))
  goTo(200)
  await runner.fireDue()
  expect([(await rung()).length, (await rung('bell-2')).length]).toEqual([0, 147])
  expect(errors).toMatchObject([{ code: 'lock-timeout' }])
  isLocked = false
  await expect
    .poll(async () => {
      await runner.fireDue()
      return rung()
    })
    .toEqual(['at 1', 'at 2', 'at 150'])
})

test('those of a stream that was locked a moment ago do not overtake each other', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { store, timers, rung } = await fixture()
    const { append } = store.adapter
    let isLocked = true
    store.adapter.append = (writes, transaction) => {
      if (isLocked) return Promise.reject(new LockTimeoutError(1))
      return append.call(store.adapter, writes, transaction)
    }
    let looks = 0
    const runner = new TimerRunner(timers, {
      now: async () => {
        // By the second page the lock is gone, and so is the time for which the stream was left alone.
        isLocked = ++looks === 1
        vi.advanceTimersByTime(1_000)
        return start + 100
      },
    })
    for (const due of [1, 2, 3]) await timers.set(timer(store, due))
    await runner.fireDue()
    expect(await rung()).toEqual([])
    await runner.fireDue()
    expect(await rung()).toEqual(['at 1', 'at 2', 'at 3'])
  } finally {
    vi.useRealTimers()
  }
})

test('where one stream after the other is locked, it gives the store a rest', async () => {
  const { store, timers, runner, errors, goTo } = await fixture()
  let appends = 0
  store.adapter.append = () => {
    appends++
    return Promise.reject(new LockTimeoutError(1))
  }
  for (let due = 1; due <= 50; due++) await timers.set(timer(store, due, `at ${due}`, `bell-${due}`))
  goTo(60)
  // The first alone; then the rest together, and one of them.
  await expect(runner.fireDue()).rejects.toMatchObject({ code: 'lock-timeout' })
  expect(appends).toBe(3)
  expect(errors).toHaveLength(1)
})

test('whoever is overtaken looks again instead of trying one by one', async () => {
  const { store, timers, runner, newRunner, rung, goTo } = await fixture()
  for (let due = 1; due <= 60; due++) await timers.set(timer(store, due))
  goTo(60)
  let fires = 0
  const { fire } = timers
  timers.fire = async (due, signal) => {
    fires++
    if (fires === 1) await newRunner().fireDue()
    return fire.call(timers, due, signal)
  }
  await runner.fireDue()
  expect(await rung()).toHaveLength(60)
  // The one that is overtaken, and the two of the other.
  expect(fires).toBe(3)
})

test('where nothing is due, a look reads one document', async () => {
  const { store, timers, runner } = await fixture()
  for (let due = 1; due <= 20; due++) await timers.set(timer(store, due))
  const documents = store.adapter.documents as DocumentAdapter
  const { find } = documents
  const found: number[] = []
  documents.find = async (query, transaction) => {
    const page = await find.call(documents, query, transaction)
    found.push(page.length)
    return page
  }
  expect(await runner.fireDue()).toBe(1)
  expect(found).toEqual([1])
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

test('a runner that is stopped while it starts runs no more, and can be started again', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  goTo(15)
  await Promise.all([runner.start(), runner.stop()])
  await timers.set(timer(store, 10))
  expect(await rung()).toEqual([])
  await runner.start()
  await expect.poll(() => rung()).toEqual(['at 10'])
  await runner.stop()
})

test('a runner that cannot begin says so, and can be started again', async () => {
  const { store, timers, runner, rung, goTo } = await fixture()
  const { onAppend } = store.adapter
  store.adapter.onAppend = () => Promise.reject(new Error('as planned'))
  await expect(runner.start()).rejects.toThrow('as planned')
  store.adapter.onAppend = onAppend
  await timers.set(timer(store, 10))
  goTo(15)
  await runner.start()
  await expect.poll(() => rung()).toEqual(['at 10'])
  await runner.stop()
})

test('a stop does not wait for a store that hangs', async () => {
  const { store, timers, rung } = await fixture()
  await timers.set(timer(store, 10))
  const clock = Promise.withResolvers<number>()
  let isAsked = false
  const runner = new TimerRunner(timers, {
    now: () => {
      isAsked = true
      return clock.promise
    },
  })
  await runner.start()
  await expect.poll(() => isAsked).toBe(true)
  await runner.stop()
  clock.resolve(start + 20)
  await runner.fireDue()
  expect(await rung()).toEqual(['at 10'])
})

test('a stop rolls back a transaction that does not end', async () => {
  const { store, timers, runner, rung, errors, goTo } = await fixture()
  const { append } = store.adapter
  const began = Promise.withResolvers<void>()
  store.adapter.append = () => {
    began.resolve()
    return new Promise(() => {})
  }
  await timers.set(timer(store, 10))
  goTo(15)
  await runner.start()
  await began.promise
  await runner.stop()
  store.adapter.append = append
  expect((await timers.pending(9)).length).toBe(1)
  await runner.fireDue()
  expect(await rung()).toEqual(['at 10'])
  expect(errors).toEqual([])
})

test('a runner ends with its store, without being told', async () => {
  const { store, timers } = await fixture()
  const errors: unknown[] = []
  const runner = new TimerRunner(timers, { pollInterval: 3_600_000, onError: (error) => errors.push(error) })
  await runner.start()
  await store.close()
  await expect.poll(() => errors).toMatchObject([{ code: 'store-closed' }])
  await runner.stop()
})

test('a runner tells of a store that fails, and goes on', async () => {
  const { store, timers, runner, errors, rung, goTo } = await fixture()
  const { pending } = timers
  let calls = 0
  timers.pending = async (limit, after) => {
    if (++calls === 1) throw new Error('as planned')
    return pending.call(timers, limit, after)
  }
  await timers.set(timer(store, 10))
  goTo(15)
  await runner.start()
  await expect.poll(() => rung()).toEqual(['at 10'])
  await runner.stop()
  expect(errors).toMatchObject([{ message: 'as planned' }])
})
