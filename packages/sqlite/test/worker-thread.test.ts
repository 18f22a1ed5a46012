import { randomUUID } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import {
  ConcurrencyError,
  EventIdConflictError,
  isEventfoldError,
  LockTimeoutError,
  StoreUnavailableError,
} from '@eventfold/core'
import { describe, expect, test, vi } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'

const event = (id: string = randomUUID()) => ({ id, type: 'Deposited', data: { cents: 5 }, tags: ['a', 'b'] })

describe.each([false, true])('with a worker thread: %s', (workerThread) => {
  test('appends, conflicts and duplicates have the same outcomes, with classes and fields', async () => {
    const store = await openTestStore({ workerThread, lockTimeout: 50 })
    const first = event()
    const result = await store.append('account-1', [first], { expected: 'no-stream' })
    expect(result).toMatchObject({ version: 1, position: 1, duplicate: false })

    const outcomes = await Promise.allSettled([
      store.append('account-1', [event()], { expected: 4 }),
      store.append('account-2', [event(), event()]),
      store.append('account-3', [{ ...first, data: 1 }]),
      store.append('account-1', [first], { expected: 'no-stream' }),
    ])
    const [conflict, stored, misuse, duplicate] = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
    )
    expect(conflict).toBeInstanceOf(ConcurrencyError)
    expect({ ...conflict }).toEqual({ ...new ConcurrencyError('account-1', 4, 1) })
    expect(conflict.message).toBe(new ConcurrencyError('account-1', 4, 1).message)
    expect(isEventfoldError(conflict, 'concurrency')).toBe(true)
    expect(stored).toMatchObject({ version: 2, position: 3 })
    expect(misuse).toBeInstanceOf(EventIdConflictError)
    expect(misuse).toMatchObject({ eventId: first.id, stream: 'account-1', code: 'event-id-conflict' })
    expect(duplicate).toEqual({ ...result, duplicate: true })

    const other = openHandle(store.path)
    other.exec('BEGIN IMMEDIATE')
    const locked = await store.append('account-1', [event()]).catch((error: unknown) => error)
    expect(locked).toBeInstanceOf(LockTimeoutError)
    expect(locked).toMatchObject({ retryable: true, cause: { code: 'SQLITE_BUSY' } })
    other.exec('ROLLBACK')

    await store.transaction((transaction) => store.append('account-1', [event()], { transaction }))
    expect((await store.readLog()).events.map(({ stream, version }) => `${stream}@${version}`)).toEqual([
      'account-1@1',
      'account-2@1',
      'account-2@2',
      'account-1@2',
    ])
  })
})

describe('a thread that has died', () => {
  test('leaves the outcome unknown, and is replaced', async () => {
    const postMessage = vi.spyOn(Worker.prototype, 'postMessage')
    const store = await openTestStore({ workerThread: true, retries: 0 })
    await store.append('account-1', [event()])
    const worker = postMessage.mock.contexts.at(-1) as Worker
    postMessage.mockImplementationOnce(function (this: Worker) {
      void this.terminate()
    })
    const error = await store.append('account-1', [event()]).catch((error: unknown) => error)
    expect(worker).toBeInstanceOf(Worker)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({ outcome: 'unknown', retryable: true })
    expect(await store.append('account-1', [event()])).toMatchObject({ version: 2 })
    postMessage.mockRestore()
  })

  test('is not noticed by a caller who lets the store try again', async () => {
    const store = await openTestStore({ workerThread: true })
    const postMessage = vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (
      this: Worker,
    ) {
      void this.terminate()
    })
    expect(await store.append('account-1', [event()])).toMatchObject({ version: 1, duplicate: false })
    postMessage.mockRestore()
  })
})
