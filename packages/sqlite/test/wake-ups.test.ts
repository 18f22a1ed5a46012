import { expect, test } from 'vitest'
import { CommitWatch } from '../src/commit-watch.ts'
import { LogReader } from '../src/log-reader.ts'
import { WriteHint } from '../src/write-hint.ts'
import { openHandle, openTestStore } from './open-test-store.ts'

const never = 2 ** 31 - 1

/** Counts what the listeners of another connection would hear, looking at the file by hand. */
function watchFile(path: string): () => Promise<number> {
  const watch = new CommitWatch(new LogReader(openHandle(path)), new WriteHint(`${path}-wal`), never)
  let calls = 0
  watch.add(() => calls++)
  return async () => {
    watch.look()
    await new Promise(setImmediate)
    return calls
  }
}

test('what is no append wakes nobody elsewhere, unless that is asked for', async () => {
  const store = await openTestStore()
  const callsElsewhere = watchFile(store.path)
  await store.adapter.documents?.write([{ collection: 'checkpoints', key: '1', data: '7' }])
  await store.transaction(async (handle) => handle.exec('CREATE TABLE totals (cents INTEGER)'))
  expect(await callsElsewhere()).toBe(0)
  store.adapter.wakeUp()
  await expect.poll(callsElsewhere).toBe(1)
  await store.adapter.documents?.write([{ collection: 'checkpoints', key: '1', data: '8' }])
  expect(await callsElsewhere()).toBe(1)
})

test('wake-ups that are asked for at once are written once', async () => {
  const store = await openTestStore()
  for (let call = 0; call < 100; call++) store.adapter.wakeUp()
  // Goes after it, in turn.
  await store.transaction(async () => {})
  const count = openHandle(store.path).prepare('SELECT count FROM eventfold_wake_ups').pluck()
  expect(count.get()).toBe(1)
  store.adapter.wakeUp()
  await store.transaction(async () => {})
  expect(count.get()).toBe(2)
})

test('whoever asks for a wake-up hears of it at once, and not again from the file', async () => {
  const store = await openTestStore({ pollInterval: never })
  let calls = 0
  await store.onAppend(() => calls++)
  store.adapter.wakeUp()
  await new Promise(process.nextTick)
  expect(calls).toBe(1)
  await store.transaction(async () => {})
  await new Promise(setImmediate)
  expect(calls).toBe(1)
})

test('a wake-up just before the store is closed reaches the others', async () => {
  const store = await openTestStore()
  const callsElsewhere = watchFile(store.path)
  store.adapter.wakeUp()
  await store.close()
  expect(await callsElsewhere()).toBe(1)
})

test('a wake-up never fails, also where the file cannot be written', async () => {
  const store = await openTestStore({ lockTimeout: 20 })
  const other = openHandle(store.path)
  other.exec('BEGIN IMMEDIATE')
  const callsElsewhere = watchFile(store.path)
  store.adapter.wakeUp()
  await expect(store.transaction(async () => {})).rejects.toMatchObject({ code: 'lock-timeout' })
  other.exec('ROLLBACK')
  expect(await callsElsewhere()).toBe(0)
  store.adapter.wakeUp()
  await expect.poll(callsElsewhere).toBe(1)
})

test('the clock of the store is that of its events, to the millisecond', async () => {
  const store = await openTestStore()
  for (let look = 0; look < 100; look++) {
    const before = Date.now()
    const now = await store.adapter.now()
    expect(Number.isInteger(now)).toBe(true)
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  }
})

test('what is told of an append does not hide what others have stored before it', async () => {
  const store = await openTestStore({ pollInterval: 60_000 })
  const other = await openTestStore({}, store.path)
  const told: (readonly string[] | undefined)[] = []
  await store.adapter.onAppend((writes) => told.push(writes?.map(({ stream }) => stream)))
  const append = (stream: string, expected: 'any' | 'stream-exists' = 'any') =>
    store.append(stream, [{ type: 'Opened', data: {} }], { expected })
  await append('own-1')
  await new Promise(setImmediate)
  await other.append('other-1', [{ type: 'Opened', data: {} }])
  // One that is refused is no substitute.
  await Promise.allSettled([append('own-2'), append('nobody-1', 'stream-exists')])
  await new Promise(setImmediate)
  await Promise.allSettled([append('own-3'), append('nobody-1', 'stream-exists')])
  await new Promise(setImmediate)
  expect(told).toEqual([['own-1'], undefined, ['own-3']])
})
