import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
let store: PostgresStore

beforeAll(async () => {
  store = await database.open({ pollInterval: 50 })
})

describe('in the transaction of the caller', () => {
  test('what is rolled back has been seen by nobody', async () => {
    await store.append('before-1', [happened()])
    const head = await store.head()
    let wakeUps = 0
    const stop = await store.onAppend(() => void wakeUps++)
    const client = await database.connect()
    await client.query('BEGIN')
    await store.append('rolled-1', [happened()], { transaction: client })
    expect(await store.readStream('rolled-1', { transaction: client })).toHaveLength(1)
    expect(await store.streamInfo('rolled-1', { transaction: client })).toMatchObject({ version: 1 })
    expect(await store.readStream('rolled-1')).toEqual([])
    const early = wakeUps
    await client.query('ROLLBACK')
    expect(await store.head()).toBe(head)
    expect(await store.streamInfo('rolled-1')).toBeUndefined()
    await store.append('rolled-1', [happened()], { expected: 'no-stream' })
    await until(() => wakeUps > early)
    await stop()
  })

  test('a rolled back savepoint leaves only what was appended after it', async () => {
    const start = await store.head()
    const client = await database.connect()
    await client.query('BEGIN')
    await client.query('SAVEPOINT s')
    await store.append('saved-1', [happened(1)], { transaction: client })
    await client.query('ROLLBACK TO SAVEPOINT s')
    await store.append('saved-2', [happened(0)])
    await store.append('saved-1', [happened(2)], { transaction: client, expected: 'no-stream' })
    await store.append('saved-3', [happened(0)])
    const page = await store.readLog({ after: start })
    expect(page.events.map(({ stream }) => stream)).toEqual(['saved-2'])
    await client.query('COMMIT')
    const rest = await store.readLog({ after: page.next })
    expect(rest.events.map(({ stream }) => stream)).toEqual(['saved-1', 'saved-3'])
    expect(await store.readStream('saved-1')).toMatchObject([{ version: 1, data: { n: 2 } }])
  })

  test('a refused append leaves the transaction usable', async () => {
    await store.append('usable-1', [{ ...happened(), id: '0198c5a0-0000-7000-8000-000000000001' }])
    await store.transaction(async (transaction) => {
      const refused = store.append('usable-1', [happened()], { transaction, expected: 'no-stream' })
      await expect(refused).rejects.toMatchObject({ code: 'concurrency', actual: 1 })
      const taken = store.append(
        'usable-2',
        [{ ...happened(), id: '0198c5a0-0000-7000-8000-000000000001' }],
        {
          transaction,
        },
      )
      await expect(taken).rejects.toMatchObject({ code: 'event-id-conflict' })
      await store.append('usable-2', [happened()], { transaction })
    })
    expect(await store.streamInfo('usable-2')).toMatchObject({ version: 1 })
  })

  test('an id that another transaction takes meanwhile leaves it usable as well', async () => {
    const event = { ...happened(), id: '0198c5a0-0000-7000-8000-000000000002' }
    const first = await database.connect()
    const second = await database.connect()
    await first.query('BEGIN')
    await second.query('BEGIN')
    await store.append('taken-1', [event], { transaction: first })
    const late = store.append('taken-2', [event], { transaction: second })
    const refused = expect(late).rejects.toMatchObject({ code: 'event-id-conflict', stream: 'taken-1' })
    await until(() => database.value('SELECT count(*) > 0 FROM pg_locks WHERE NOT granted'))
    await first.query('COMMIT')
    await refused
    await store.append('taken-2', [happened()], { transaction: second })
    await second.query('COMMIT')
    expect(await store.streamInfo('taken-2')).toMatchObject({ version: 1 })
  })

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])('%s is refused', async (level) => {
    const client = await database.connect()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    const append = store.append('isolated-1', [happened()], { transaction: client })
    await expect(append).rejects.toMatchObject({ code: 'invalid-transaction' })
    await client.query('ROLLBACK')
  })

  test('no open transaction is refused, and so is one that failed', async () => {
    const client = await database.connect()
    const without = store.append('none-1', [happened()], { transaction: client })
    await expect(without).rejects.toMatchObject({ code: 'invalid-transaction' })
    await client.query('BEGIN')
    await client.query('SELECT 1 / 0').catch(() => {})
    const failed = store.append('none-1', [happened()], { transaction: client })
    await expect(failed).rejects.toMatchObject({ code: 'invalid-transaction' })
    await client.query('ROLLBACK')
    Object.defineProperty(client, 'getTransactionStatus', { value: undefined })
    const older = store.append('none-1', [happened()], { transaction: client })
    await expect(older).rejects.toMatchObject({ code: 'invalid-transaction' })
    await client.query('BEGIN')
    await store.append('older-1', [happened()], { transaction: client })
    await client.query('COMMIT')
    expect(await store.streamInfo('older-1')).toMatchObject({ version: 1 })
  })

  test('a commit wakes up by polling', async () => {
    let wakeUps = 0
    const stop = await store.onAppend(() => void wakeUps++)
    const client = await database.connect()
    await client.query('BEGIN')
    await store.append('polled-1', [happened()], { transaction: client })
    await client.query('COMMIT')
    const before = wakeUps
    await until(() => wakeUps > before)
    await stop()
  })
})

describe('a transaction of the store', () => {
  test('commits with what else is in it, and wakes up after that', async () => {
    await database.pool.query('CREATE TABLE notes (text text)')
    let readable = 0
    const stop = await store.onAppend(async () => {
      readable = (await store.readStream('own-1')).length
    })
    const result = await store.transaction(async (transaction) => {
      await store.append('own-1', [happened()], { transaction })
      await transaction.query(`INSERT INTO notes VALUES ('kept')`)
      return 42
    })
    expect(result).toBe(42)
    await until(() => readable === 1)
    expect(await database.value('SELECT text FROM notes')).toBe('kept')
    await stop()
  })

  test('rolls back and rejects with the error of the work', async () => {
    const reason = new Error('mine')
    const failing = store.transaction(async (transaction) => {
      await store.append('own-2', [happened()], { transaction })
      throw reason
    })
    await expect(failing).rejects.toBe(reason)
    expect(await store.streamInfo('own-2')).toBeUndefined()
  })

  test('keeps its connection when the work says no', async () => {
    const pids = new Set<unknown>()
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    const single = await database.open({ pool })
    for (let time = 0; time < 3; time++) {
      const refusing = single.transaction(async (transaction) => {
        pids.add((await transaction.query('SELECT pg_backend_pid() AS pid')).rows[0].pid)
        throw new Error('no')
      })
      await expect(refusing).rejects.toThrow('no')
    }
    expect(pids.size).toBe(1)
    await single.close()
    await pool.end()
  })

  test('does not pretend to have committed when a statement of it failed', async () => {
    const swallowing = store.transaction(async (transaction) => {
      await store.append('own-3', [happened()], { transaction })
      await transaction.query('SELECT 1 / 0').catch(() => {})
    })
    await expect(swallowing).rejects.toMatchObject({ code: 'store-failure' })
    expect(await store.streamInfo('own-3')).toBeUndefined()
  })

  test.each(['COMMIT', 'ROLLBACK'])(
    'does not pretend to have committed when its work sent %s',
    async (end) => {
      const work = store.transaction(async (client) => {
        await store.append('ended-1', [happened()], { expected: 'any', transaction: client })
        await client.query(end)
      })
      await expect(work).rejects.toMatchObject({
        code: 'invalid-transaction',
        message: expect.stringContaining('Leave COMMIT and ROLLBACK to the store'),
      })
      await store.transaction(async (client) => {
        await store.append('ended-2', [happened()], { transaction: client })
      })
    },
  )

  test('cannot be used after its end', async () => {
    const ended = await store.transaction(async (transaction) => transaction)
    const append = store.append('own-4', [happened()], { transaction: ended })
    await expect(append).rejects.toMatchObject({ code: 'invalid-transaction' })
  })
})
