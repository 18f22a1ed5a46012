import { getEventListeners } from 'node:events'
import type Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { SqliteStore } from '../src/index.ts'
import { openHandle, openTestStore } from './open-test-store.ts'

const event = { type: 'Deposited', data: { cents: 5 } }
const reason = new Error('enough')
const [normal, full] = [1, 2]

/** The level of the connection, in a transaction. */
function synchronousIn(store: SqliteStore, durable?: boolean): Promise<unknown> {
  return store.adapter.transaction(
    async (handle: Database.Database) => handle.pragma('synchronous', { simple: true }),
    durable === undefined ? {} : { durable },
  )
}

test('a transaction waits for the disk, unless it is told not to, also after one that was', async () => {
  const store = await openTestStore()
  const levels = []
  for (const durable of [undefined, false, true, false, undefined]) {
    levels.push(await synchronousIn(store, durable))
  }
  expect(levels).toEqual([full, normal, full, normal, full])
  const failing = store.adapter.transaction(() => Promise.reject(reason), { durable: false })
  await expect(failing).rejects.toBe(reason)
  expect(await synchronousIn(store)).toBe(full)
  const controller = new AbortController()
  const aborted = store.adapter.transaction(
    async () => {
      controller.abort(reason)
    },
    { durable: false, signal: controller.signal },
  )
  await expect(aborted).rejects.toBe(reason)
  expect(await synchronousIn(store, false)).toBe(normal)
  expect(await synchronousIn(store)).toBe(full)
})

test('a write of documents waits for the disk, unless it is told not to', async () => {
  const store = await openTestStore()
  const handle = await store.adapter.transaction(async (own) => own)
  const levels = []
  for (const durable of [false, true, false, undefined]) {
    const write = { collection: 'c', key: '1', data: `${durable}` }
    await store.adapter.documents?.write([write], undefined, durable === undefined ? {} : { durable })
    levels.push(handle.pragma('synchronous', { simple: true }))
  }
  expect(levels).toEqual([normal, full, normal, full])
})

test('a store that was opened to wait for nothing does so in all transactions', async () => {
  const store = await openTestStore({ synchronous: 'normal' })
  expect(await synchronousIn(store, true)).toBe(normal)
})

test('transactions share a connection, and leave no listener on the signal', async () => {
  const store = await openTestStore()
  const { signal } = new AbortController()
  const handles = []
  for (const durable of [true, false, true]) {
    handles.push(await store.adapter.transaction(async (handle) => handle, { durable, signal }))
  }
  expect(new Set(handles).size).toBe(1)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a transaction that fails closes its handle, so that what is left of its work writes nothing', async () => {
  const store = await openTestStore()
  const resumed = Promise.withResolvers<void>()
  const late = async (handle: Database.Database) => {
    await resumed.promise
    handle.exec('CREATE TABLE late (cents INTEGER)')
  }
  let rest: Promise<void> | undefined
  const failing = store.transaction(async (handle) => {
    rest = late(handle)
    await Promise.all([rest, Promise.reject(reason)])
  })
  await expect(failing).rejects.toBe(reason)
  await store.transaction(async (next) => {
    resumed.resolve()
    await expect(rest).rejects.toThrow('not open')
    await store.append('account-1', [event], { transaction: next })
  })
  expect(await store.head()).toBe(1)
})

test('a write of documents that fails keeps the connection', async () => {
  const store = await openTestStore()
  const handleOf = () => store.transaction(async (handle) => handle)
  const handle = await handleOf()
  const write = { collection: 'accounts', key: '1', data: '1', expected: '0' }
  const failing = store.adapter.documents?.write([write])
  await expect(failing).rejects.toMatchObject({ code: 'document-conflict', collection: 'accounts', key: '1' })
  expect(await handleOf()).toBe(handle)
})

test('an abort closes the handle of the transaction, which holds no lock any more', async () => {
  const store = await openTestStore({ lockTimeout: 50 })
  const controller = new AbortController()
  const begun = Promise.withResolvers<Database.Database>()
  const work = async (handle: Database.Database) => {
    await store.append('account-1', [event], { transaction: handle })
    begun.resolve(handle)
    await new Promise(() => {})
  }
  const aborted = store.adapter.transaction(work, { signal: controller.signal })
  const handle = await begun.promise
  controller.abort(reason)
  // At that very moment, and not a turn later.
  expect(handle.open).toBe(false)
  openHandle(store.path).exec('BEGIN IMMEDIATE; ROLLBACK')
  await expect(aborted).rejects.toBe(reason)
  await store.append('account-1', [event], { expected: 'no-stream' })
})

test('an abort ends a transaction whose work goes through rows just now', async () => {
  const store = await openTestStore({ lockTimeout: 50 })
  await store.append('account-1', [event, event, event])
  openHandle(store.path).exec('CREATE TABLE totals (cents INTEGER)')
  const controller = new AbortController()
  const begun = Promise.withResolvers<Database.Database>()
  const resumed = Promise.withResolvers<void>()
  const seen: unknown[] = []
  const work = async (handle: Database.Database) => {
    handle.exec('INSERT INTO totals VALUES (1)')
    for (const row of handle.prepare('SELECT position FROM eventfold_events').iterate()) {
      seen.push(row)
      begun.resolve(handle)
      await resumed.promise
    }
    handle.exec('INSERT INTO totals VALUES (2)')
  }
  const aborted = store.adapter.transaction(work, { signal: controller.signal })
  const handle = await begun.promise
  controller.abort(reason)
  await expect(aborted).rejects.toBe(reason)
  expect(handle.inTransaction).toBe(false)
  await store.append('account-1', [event], { expected: 3 })
  await store.transaction((next) => store.append('account-1', [event], { transaction: next, expected: 4 }))
  resumed.resolve()
  await expect.poll(() => handle.open).toBe(false)
  expect(seen).toHaveLength(3)
  expect(openHandle(store.path).prepare('SELECT * FROM totals').all()).toEqual([])
})

test('an abort at any step between the end of the work and the commit stores all or nothing, and says which', async () => {
  const store = await openTestStore()
  const outcomes = new Set<unknown>()
  for (let steps = 0; steps < 12; steps++) {
    const before = await store.head()
    const controller = new AbortController()
    const work = async (transaction: Database.Database) => {
      await store.append('account-1', [event], { transaction })
      let step = Promise.resolve()
      for (let taken = 0; taken < steps; taken++) step = step.then(() => {})
      step.then(() => controller.abort(reason))
    }
    const outcome = await store.adapter.transaction(work, { signal: controller.signal }).then(
      () => 'committed',
      (error: unknown) => error,
    )
    outcomes.add(outcome)
    expect(await store.head()).toBe(outcome === 'committed' ? before + 1 : before)
  }
  expect(outcomes).toEqual(new Set([reason, 'committed']))
})

test('a transaction that waits for the lock of another handle ends when it is aborted', async () => {
  const store = await openTestStore({ lockTimeout: 60_000 })
  const other = openHandle(store.path)
  other.exec('BEGIN IMMEDIATE')
  const controller = new AbortController()
  const waiting = store.adapter.transaction(() => expect.unreachable(), { signal: controller.signal })
  await new Promise(setImmediate)
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  other.exec('ROLLBACK')
  await store.append('account-1', [event])
})

test('a transaction that gave up its turn takes none from those behind it', async () => {
  const store = await openTestStore()
  const release = Promise.withResolvers<void>()
  const first = store.transaction(() => release.promise)
  const controller = new AbortController()
  const second = store.adapter.transaction(() => expect.unreachable(), { signal: controller.signal })
  const third = store.transaction(async (transaction) => store.append('account-1', [event], { transaction }))
  controller.abort(reason)
  await expect(second).rejects.toBe(reason)
  release.resolve()
  await first
  expect(await third).toMatchObject({ version: 1 })
  expect(await store.append('account-1', [event], { expected: 1 })).toMatchObject({ version: 2 })
})
