import { truncateStream } from '@eventfold/core'
import { beforeAll, expect, test } from 'vitest'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

beforeAll(async () => {
  const store = await database.open()
  await store.append('account-1', [{ ...happened(), tags: ['a'] }, happened()])
})

const changes = [
  'UPDATE eventfold.events SET type = type',
  'DELETE FROM eventfold.events',
  'TRUNCATE eventfold.events',
  'TRUNCATE eventfold.events, eventfold.tags, eventfold.streams CASCADE',
  'UPDATE eventfold.tags SET tag = tag',
  'DELETE FROM eventfold.tags',
  'TRUNCATE eventfold.tags',
  `MERGE INTO eventfold.events e USING (SELECT 1) x ON e.position = 1 WHEN MATCHED THEN DELETE`,
]

test.each(changes)('the database refuses %s, also to its owner and to replication', async (sql) => {
  const client = await database.connect()
  for (const role of ['origin', 'replica']) {
    await client.query(`SET session_replication_role = ${role}`)
    // 23001 is restrict_violation.
    await expect(client.query(sql)).rejects.toMatchObject({ code: '23001' })
  }
  expect(await database.value('SELECT count(*) FROM eventfold.events')).toBe('2')
})

test('a removal leaves the guards as they were, and nobody else removes meanwhile', async () => {
  const store = await database.open({ schema: 'removing' })
  await store.append('account-1', [{ ...happened(), tags: ['a', 'b'] }, happened(), happened()])
  const other = await database.connect()
  const guards = `SELECT tgname, tgenabled, tgrelid::regclass::text FROM pg_trigger
    WHERE tgrelid IN ('removing.events'::regclass, 'removing.tags'::regclass) ORDER BY 1, 3`
  const before = (await other.query(guards)).rows
  const removing = await store.transaction(async (transaction) => {
    await store.adapter.maintenance?.lock(transaction)
    await store.adapter.maintenance?.removeBefore('account-1', 2, transaction)
    expect((await other.query('SELECT count(*) FROM removing.events')).rows[0].count).toBe('3')
    return Promise.allSettled([other.query('DELETE FROM removing.events')].map(waits))
  })
  expect(removing).toEqual([{ status: 'fulfilled', value: 'waits' }])
  for (const table of ['events', 'tags']) {
    const refused = other.query(`DELETE FROM removing.${table}`)
    await expect(refused).rejects.toMatchObject({ code: '23001' })
  }
  expect((await other.query(guards)).rows).toEqual(before)
  expect(await database.value('SELECT count(*) FROM removing.events')).toBe('2')
  expect(await database.value('SELECT count(*) FROM removing.tags')).toBe('0')
  await expect(truncateStream(store, 'account-1', { before: 9 })).rejects.toMatchObject({
    code: 'version-not-found',
  })
  expect((await other.query(guards)).rows).toEqual(before)
  await database.open({ schema: 'removing', migrate: false })
})

/** `waits` where the call has not ended after a moment; its own outcome comes later, and is of no interest. */
function waits(call: Promise<unknown>): Promise<unknown> {
  const outcome = call.catch(() => 'refused')
  return Promise.race([outcome, new Promise((resolve) => setTimeout(() => resolve('waits'), 50))])
}

test('appends that are under way are waited for, and those that come wait', async () => {
  const store = await database.open({ schema: 'busy' })
  await store.append('account-1', [happened(), happened(), happened()])
  const writer = await database.connect()
  await writer.query('BEGIN')
  await store.append('account-2', [happened()], { transaction: writer })
  const removal = truncateStream(store, 'account-1', { before: 3 })
  expect(await waits(removal)).toBe('waits')
  const appended = store.append('account-1', [happened()], { expected: 3 })
  await writer.query('COMMIT')
  expect(await removal).toMatchObject({ removed: 2, version: 3 })
  expect(await appended).toMatchObject({ version: 4 })
})

test('a removal whose connection is killed has not happened, and the guards are as before', async () => {
  const store = await database.open({ schema: 'killed' })
  await store.append('account-1', [happened(), happened(), happened()])
  const removal = store.transaction(async (transaction) => {
    await store.adapter.maintenance?.lock(transaction)
    await store.adapter.maintenance?.removeBefore('account-1', 3, transaction)
    const { rows } = await transaction.query('SELECT pg_backend_pid() AS pid')
    await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
  })
  await expect(removal).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(await store.readStream('account-1')).toHaveLength(3)
  await expect(database.pool.query('DELETE FROM killed.events')).rejects.toMatchObject({ code: '23001' })
  await database.open({ schema: 'killed', migrate: false })
  expect(await truncateStream(store, 'account-1', { before: 3 })).toMatchObject({ removed: 2 })
})
