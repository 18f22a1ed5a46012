import { describe, expect, test } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'

const event = { type: 'Deposited', data: { cents: 5 } }

describe('an append in a transaction of the user', () => {
  test('belongs to it, together with tables of the user', async () => {
    const store = await openTestStore()
    const handle = openHandle(store.path)
    handle.exec('CREATE TABLE totals (cents INTEGER); BEGIN IMMEDIATE')
    const result = await store.append('account-1', [event], { transaction: handle })
    handle.exec('INSERT INTO totals VALUES (5)')
    expect(result).toMatchObject({ version: 1, position: 1 })
    expect(await store.readStream('account-1', { transaction: handle })).toHaveLength(1)
    expect(await store.streamInfo('account-1', { transaction: handle })).toMatchObject({ version: 1 })
    expect(await store.readStream('account-1')).toEqual([])
    handle.exec('COMMIT')
    expect(await store.readStream('account-1')).toHaveLength(1)
  })

  test('that is refused leaves the transaction as it was', async () => {
    const store = await openTestStore()
    const handle = openHandle(store.path)
    handle.exec('BEGIN IMMEDIATE')
    const id = '8fd81a1e-2f0c-4f9f-a5a2-9f2d0a7b1c11'
    const first = await store.append('account-1', [{ ...event, id }], { transaction: handle })
    const refused = store.append('account-1', [event, event], { expected: 7, transaction: handle })
    await expect(refused).rejects.toMatchObject({ code: 'concurrency', expected: 7, actual: 1 })
    const again = await store.append('account-1', [{ ...event, id }], { transaction: handle })
    expect(again).toEqual({ ...first, duplicate: true })
    await store.append('account-1', [event], { expected: 1, transaction: handle })
    handle.exec('COMMIT')
    expect((await store.readStream('account-1')).map(({ version }) => version)).toEqual([1, 2])
  })

  test('works on a handle that gives BigInt', async () => {
    const store = await openTestStore()
    const handle = openHandle(store.path).defaultSafeIntegers(true)
    handle.exec('BEGIN IMMEDIATE')
    const tagged = { ...event, tags: ['a'] }
    expect(await store.append('account-1', [tagged, event], { transaction: handle })).toMatchObject({
      version: 2,
      position: 2,
    })
    expect(await store.readStream('account-1', { transaction: handle })).toMatchObject([
      { version: 1 },
      { version: 2 },
    ])
    handle.exec('COMMIT')
    expect((await store.readLog({ tags: ['a'] })).events).toHaveLength(1)
  })

  test('needs a transaction that is open, on the file of the store', async () => {
    const store = await openTestStore()
    const other = await openTestStore()
    const idle = openHandle(store.path)
    const elsewhere = openHandle(other.path)
    elsewhere.exec('BEGIN IMMEDIATE')
    const closed = openHandle(store.path).close()
    for (const transaction of [idle, elsewhere, closed, {} as typeof idle]) {
      await expect(store.append('account-1', [event], { transaction })).rejects.toMatchObject({
        code: 'invalid-transaction',
      })
    }
  })

  test('that has read before somebody else wrote is told how to begin', async () => {
    const store = await openTestStore()
    const handle = openHandle(store.path)
    handle.exec('BEGIN')
    await store.readStream('account-1', { transaction: handle })
    await store.append('account-1', [event])
    await expect(store.append('account-1', [event], { transaction: handle })).rejects.toMatchObject({
      code: 'store-unavailable',
      outcome: 'not-stored',
      message: expect.stringContaining('BEGIN IMMEDIATE'),
    })
  })
})

describe('a transaction of the store', () => {
  test('goes together with tables of the user', async () => {
    const store = await openTestStore()
    await store.transaction(async (handle) => {
      handle.exec('CREATE TABLE totals (cents INTEGER); INSERT INTO totals VALUES (5)')
      await store.append('account-1', [event], { transaction: handle })
    })
    const failure = new Error('changed my mind')
    const failing = store.transaction(async (handle) => {
      handle.exec('INSERT INTO totals VALUES (6)')
      await store.append('account-1', [event], { transaction: handle })
      throw failure
    })
    await expect(failing).rejects.toBe(failure)
    expect(openHandle(store.path).prepare('SELECT cents FROM totals').pluck().all()).toEqual([5])
    expect(await store.readStream('account-1')).toHaveLength(1)
  })

  test('is not to be ended by the work', async () => {
    const store = await openTestStore()
    for (const sql of ['ROLLBACK', 'COMMIT']) {
      await expect(store.transaction(async (handle) => handle.exec(sql))).rejects.toMatchObject({
        code: 'invalid-transaction',
      })
    }
    await expect(store.transaction(async (handle) => void handle.close())).rejects.toMatchObject({
      code: 'invalid-transaction',
    })
    await store.transaction((handle) => store.append('account-1', [event], { transaction: handle }))
  })

  test('waits for appends, and appends for it', async () => {
    const store = await openTestStore()
    const order: string[] = []
    await Promise.all([
      store.append('account-1', [event]).then(() => order.push('append')),
      store
        .transaction(async (handle) => {
          await new Promise(setImmediate)
          await store.append('account-2', [event], { transaction: handle })
        })
        .then(() => order.push('transaction')),
      new Promise(setImmediate)
        .then(() => store.append('account-3', [event]))
        .then(() => order.push('later')),
    ])
    expect(new Set(order)).toEqual(new Set(['append', 'transaction', 'later']))
    expect(await store.head()).toBe(3)
  })
})
