import { expect, test } from 'vitest'
import { openWriter } from '../src/connection.ts'
import { GroupWriter } from '../src/group-writer.ts'
import { openHandle, openTestStore } from './open-test-store.ts'

const large = (count: number) =>
  Array.from({ length: count }, () => ({ type: 'Noted', data: { text: 'x'.repeat(10_000) } }))

/** What a full disk is to SQLite. */
const noMorePages = 'max_page_count = 1'
const manyPages = 'max_page_count = 1000000'

test('a full disk fails a transaction with a typed error, stores no part of it, and is overcome', async () => {
  const store = await openTestStore()
  await store.append('account-1', large(1))
  const full = store.transaction(async (handle) => {
    handle.pragma(noMorePages)
    await store.append('account-1', large(50), { transaction: handle })
  })
  await expect(full).rejects.toMatchObject({ code: 'storage-full', retryable: true })
  expect(await store.readStream('account-1')).toHaveLength(1)
  await store.transaction(async (handle) => {
    handle.pragma(manyPages)
    await store.append('account-1', large(50), { transaction: handle, expected: 1 })
  })
  expect(await store.head()).toBe(51)
})

test('a full disk fails a group or a single event with a typed error, stores no part of it, and is overcome', async () => {
  const store = await openTestStore()
  const database = openWriter({ path: store.path, synchronous: 'full' })
  const writer = new GroupWriter(database, 100)
  const group = [1, 2, 3].map((stream) => [
    {
      stream: `account-${stream}`,
      expected: 'no-stream' as const,
      events: Array.from({ length: 30 }, (_, index) => ({
        id: `00000000-0000-4000-8000-0000000${stream}${String(index).padStart(4, '0')}`,
        type: 'Noted',
        schemaVersion: 1,
        data: JSON.stringify('x'.repeat(10_000)),
        metadata: '',
        tags: [],
      })),
    },
  ])
  // A single event takes another way: a statement that is a transaction of its own.
  const lone = [group[0]?.map((append) => ({ ...append, events: append.events.slice(0, 1) })) ?? []]
  database.pragma(noMorePages)
  for (const appends of [group, lone]) {
    expect(() => writer.commit(appends)).toThrow(expect.objectContaining({ code: 'storage-full' }))
  }
  expect(await store.head()).toBe(0)
  database.pragma(manyPages)
  expect(await writer.commit(group)).toMatchObject(
    [1, 2, 3].map((n) => ({ value: [{ version: 30, position: n * 30 }] })),
  )
  await writer.close()
  expect(openHandle(store.path).pragma('integrity_check', { simple: true })).toBe('ok')
})

test('the WAL stays small while a reader pauses between its pages', async () => {
  const store = await openTestStore({ synchronous: 'normal' })
  await store.append('account-1', large(10))
  const batches = store.readLogInBatches({ limit: 5 })
  await batches.next()
  for (let round = 0; round < 10; round++) await store.append('account-1', large(1000))
  const { statSync } = await import('node:fs')
  expect(statSync(`${store.path}-wal`).size).toBeLessThan(64 * 1024 * 1024)
  expect(statSync(store.path).size).toBeGreaterThan(64 * 1024 * 1024)
  await batches.return()
})
