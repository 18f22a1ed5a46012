import { LockTimeoutError } from '@eventfold/core'
import { expect, test } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

const event = { type: 'Deposited', data: { cents: 5 } }

test('a write transaction that somebody else leaves open ends in a typed error, and blocks no event loop', async () => {
  const store = await openTestStore({ lockTimeout: 200 })
  const other = openHandle(store.path)
  other.exec('BEGIN IMMEDIATE')
  let turns = 0
  let counting = setImmediate(function count() {
    turns++
    counting = setImmediate(count)
  })
  const [append, transaction] = await Promise.allSettled([
    store.append('account-1', [event]),
    store.transaction(async () => 'done'),
  ])
  clearImmediate(counting)
  for (const outcome of [append, transaction]) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'lock-timeout', retryable: true } })
    expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(LockTimeoutError)
  }
  expect(turns).toBeGreaterThan(20)
  expect(await store.head()).toBe(0)
  other.exec('ROLLBACK')
  expect(await store.append('account-1', [event])).toMatchObject({ version: 1, position: 1 })
})

test('an append goes on as soon as the other transaction has ended, also one of the same thread', async () => {
  const store = await openTestStore()
  const other = openHandle(store.path)
  other.exec('BEGIN IMMEDIATE')
  const appended = store.append('account-2', [event])
  await new Promise(setImmediate)
  await store.append('account-1', [event], { transaction: other })
  other.exec('COMMIT')
  expect(await appended).toMatchObject({ stream: 'account-2', version: 1, position: 2 })
})

test('an append outside of the transaction that it is awaited in ends in a typed error', async () => {
  const store = await openTestStore({ lockTimeout: 50 })
  const work = store.transaction(async () => store.append('account-1', [event]))
  await expect(work).rejects.toBeInstanceOf(LockTimeoutError)
  expect(await store.append('account-1', [event])).toMatchObject({ position: 1 })
})

test('a store waits for who makes the file at the same moment, and holds it alone', async () => {
  const path = temporaryFile()
  const other = openHandle(path)
  other.exec('BEGIN EXCLUSIVE')
  const opening = openTestStore({}, path)
  await new Promise(setImmediate)
  other.exec('ROLLBACK')
  const store = await opening
  expect(await store.append('account-1', [event])).toMatchObject({ version: 1 })
})
