import { defineProjection, type EventStore, readModel } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, onTestFinished, test } from 'vitest'
import { Account, defineSummaries, deposited } from './projection-fixtures.ts'

const quick = { pollInterval: 20, followInterval: 5, retry: { attempts: 1 } }

function asyncModel(store: EventStore, version: number, factor = 1) {
  const model = readModel(defineSummaries(version, factor), store, { mode: 'async', ...quick })
  onTestFinished(() => model.stop())
  return model
}

/** A version 2 of the summaries whose handler does what a test says. */
function changedModel(store: EventStore, onEvent: () => void, options = {}) {
  const Changed = defineProjection('account-summary', {
    version: 2,
    of: [Account],
    initialState: { cents: 0 },
    on: {
      Deposited: ({ cents }, { data }) => {
        onEvent()
        return { cents: cents - data.cents }
      },
    },
  })
  const model = readModel(Changed, store, { mode: 'async', ...quick, ...options })
  onTestFinished(() => model.stop())
  return model
}

async function servedByFirst(): Promise<EventStore> {
  const store = openMemory()
  await store.append('account-1', [deposited(1), deposited(2)])
  const old = asyncModel(store, 1)
  await old.start()
  await old.waitFor(2)
  await old.stop()
  return store
}

test('it is upgraded when the version of the definition serves, at once where it does', async () => {
  const store = await servedByFirst()
  await asyncModel(store, 1).upgraded({ timeout: 0 })
  const changed = asyncModel(store, 2, 10)
  const elsewhere = asyncModel(store, 2, 10)
  const waiting = elsewhere.upgraded().then(() => elsewhere.get('1'))
  await changed.start()
  await changed.upgraded()
  expect((await changed.get('1'))?.cents).toBe(30)
  expect((await waiting)?.cents).toBe(30)
  await changed.upgraded({ timeout: 0 })
  await expect(asyncModel(store, 1).upgraded()).rejects.toMatchObject({
    code: 'projection-superseded',
    version: 1,
    current: 2,
  })
})

test('a check says nothing of the documents of another version', async () => {
  const store = await servedByFirst()
  const changed = asyncModel(store, 2, 10)
  expect(await changed.check({ all: true })).toEqual({ checked: 0, differences: [], held: [] })
  await changed.start()
  await changed.upgraded()
  expect(await changed.check({ all: true })).toEqual({ checked: 1, differences: [], held: [] })
  await expect(asyncModel(store, 1).check({ all: true })).rejects.toMatchObject({
    code: 'projection-superseded',
  })
})

test('an inline read model is upgraded when its start resolves', async () => {
  const store = await servedByFirst()
  const inline = readModel(defineSummaries(2, 10), store, { mode: 'inline' })
  onTestFinished(() => inline.stop())
  await inline.start()
  await inline.upgraded({ timeout: 0 })
  expect((await inline.get('1'))?.cents).toBe(30)
})

test('the wait for an upgrade ends in time, and with the signal', async () => {
  const store = await servedByFirst()
  const changed = asyncModel(store, 2)
  await expect(changed.upgraded({ timeout: 1 })).rejects.toMatchObject({
    code: 'wait-timeout',
    consumer: 'account-summary',
    position: 2,
    reached: 0,
    message: expect.stringContaining('nobody builds it'),
  })
  const reason = new Error('enough')
  const enough = new AbortController()
  const waiting = expect(changed.upgraded({ signal: enough.signal })).rejects.toBe(reason)
  enough.abort(reason)
  await waiting
})

test('a build that fails ends the wait for it, here with its error as the cause, and elsewhere', async () => {
  const store = await servedByFirst()
  let isBroken = true
  const changed = changedModel(store, () => {
    if (isBroken) throw new Error('broken')
  })
  const elsewhere = changedModel(store, () => {})
  const failed = { code: 'consumer-failed', consumer: 'account-summary#2' }
  const both = Promise.all([
    expect(elsewhere.upgraded()).rejects.toMatchObject({
      ...failed,
      message: expect.stringContaining('broken'),
    }),
    changed.start(),
  ])
  await expect(changed.upgraded()).rejects.toMatchObject({ ...failed, cause: { message: 'broken' } })
  await both
  // The old version goes on serving.
  expect(await asyncModel(store, 1).get('1')).toEqual({ owner: '', cents: 3, events: 2 })
  isBroken = false
  await changed.stop()
  await changed.start()
  await changed.upgraded()
  expect(await changed.get('1')).toEqual({ cents: -3 })
})

test('the status says how far a build is that nobody works on', async () => {
  const store = openMemory()
  for (let count = 0; count < 50; count++) await store.append('account-1', [deposited(1)])
  const old = asyncModel(store, 1)
  await old.start()
  await old.waitFor(50)
  let handled = 0
  const interrupt = new AbortController()
  const changed = changedModel(
    store,
    () => {
      if (++handled === 30) interrupt.abort(new Error('interrupted'))
    },
    { batchSize: 10 },
  )
  await expect(changed.rebuild({ signal: interrupt.signal })).rejects.toThrow('interrupted')
  const { building, position } = await old.status()
  expect(position).toBe(50)
  expect(building).toMatchObject({ number: 2, version: 2, purpose: 'rebuild', done: building?.handled })
  expect(building?.done).toBeGreaterThanOrEqual(20)
  expect(building?.done).toBeLessThan(50)
})
