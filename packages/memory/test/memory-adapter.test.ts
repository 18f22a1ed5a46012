import { getEventListeners } from 'node:events'
import { truncateStream } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'

test('the clock of leases goes on where a test has stopped the clock of events', async () => {
  const store = openMemory({ clock: () => new Date('2001-01-01') })
  const before = Date.now()
  const now = await store.adapter.now()
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(Date.now())
})

test('events that were appended after a removal are found by their ids', async () => {
  const store = openMemory()
  await store.append(
    'sensor-1',
    [1, 2, 3].map((n) => ({ type: 'Read', data: { n } })),
  )
  await truncateStream(store, 'sensor-1', { before: 3 })
  const event = { type: 'Read', data: { n: 4 }, id: store.newId() }
  const { position } = await store.append('sensor-1', [event])
  await store.append('sensor-1', [{ type: 'Read', data: { n: 5 } }])
  expect(await store.append('sensor-1', [event])).toMatchObject({ position, duplicate: true })
})

test('a transaction that has ended or was aborted lets go of its signal', async () => {
  const { adapter } = openMemory()
  const controller = new AbortController()
  const { signal } = controller
  await adapter.transaction(async () => {}, { signal })
  const failed = adapter.transaction(() => Promise.reject(new Error('no')), { signal })
  await expect(failed).rejects.toThrow('no')
  expect(getEventListeners(signal, 'abort')).toEqual([])
  const open = adapter.transaction(() => new Promise(() => {}), { signal })
  const waiting = adapter.transaction(async () => {}, { signal })
  controller.abort(new Error('enough'))
  await expect(open).rejects.toThrow('enough')
  await expect(waiting).rejects.toThrow('enough')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a document that is written while a transaction is open waits for it, up to the lock time-out', async () => {
  const { adapter } = openMemory({ lockTimeout: 20 })
  const end = Promise.withResolvers<void>()
  const open = adapter.transaction(() => end.promise)
  const write = () => adapter.documents?.write([{ collection: 'accounts', key: '1', data: '{}' }])
  await expect(write()).rejects.toMatchObject({ code: 'lock-timeout', retryable: true })
  end.resolve()
  await open
  await write()
  expect(await adapter.documents?.count('accounts', [])).toBe(1)
})
