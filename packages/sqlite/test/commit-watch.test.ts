import { expect, test } from 'vitest'
import { CommitWatch } from '../src/commit-watch.ts'
import { LogReader } from '../src/log-reader.ts'
import { openHandle, openTestStore } from './open-test-store.ts'

const never = 2 ** 31 - 1

test('listeners hear of new events, once, and of no other write to the file', async () => {
  const store = await openTestStore()
  const watch = new CommitWatch(new LogReader(openHandle(store.path)), never)
  let calls = 0
  const end = watch.add(() => calls++)
  const callsAfterLook = async () => {
    watch.look()
    await new Promise(setImmediate)
    return calls
  }

  openHandle(store.path).exec('CREATE TABLE totals (cents INTEGER)')
  expect(await callsAfterLook()).toBe(0)
  await store.append('account-1', [{ type: 'Opened', data: {} }])
  expect(await callsAfterLook()).toBe(1)
  expect(await callsAfterLook()).toBe(1)
  end()
  await store.append('account-1', [{ type: 'Closed', data: {} }])
  expect(await callsAfterLook()).toBe(1)
})
