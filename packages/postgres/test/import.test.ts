import { exportLog, importLog } from '@eventfold/core'
import type { StoredEvent, TransferAdapter } from '@eventfold/core/adapter'
import { expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

const event = (position: number, version: number): StoredEvent => ({
  position,
  stream: 'thing-1',
  version,
  id: `019c0000-0000-7000-8000-${String(position).padStart(12, '0').slice(-12)}`,
  type: 'Happened',
  schemaVersion: 1,
  data: '{"n":0}',
  metadata: '',
  tags: ['a'],
  recordedAt: 1,
})

const transferOf = ({ adapter }: PostgresStore) => adapter.transfer as TransferAdapter

test('an import that died after it had moved the sequence is done again, at the same positions', async () => {
  const store = await database.open({ schema: 'again' })
  await store.append('thing-2', [happened()])
  await database.pool.query(`SELECT setval('again.events_position_seq', 50)`)
  const reader = await database.open({ schema: 'again' })
  expect((await reader.readLog()).end).toBe(true)
  await transferOf(store).importEvents([event(10, 1), event(20, 2)])
  await transferOf(store).importEvents([event(30, 3)])
  expect((await reader.readLog({ after: 1, limit: 100 })).events.map(({ position }) => position)).toEqual([
    10, 20, 30,
  ])
  expect(await store.append('thing-1', [happened()])).toMatchObject({ version: 4, position: 51 })
  expect((await reader.readLog({ after: 30 })).events).toHaveLength(1)
})

test('an import waits for open appends, and gives up after the lock time-out with nothing stored', async () => {
  const store = await database.open({ schema: 'waiting', lockTimeout: 100 })
  const client = await database.connect()
  await client.query('BEGIN')
  await store.append('thing-1', [happened()], { transaction: client })
  const call = transferOf(store).importEvents([event(10, 1)])
  await expect(call).rejects.toMatchObject({ code: 'lock-timeout' })
  await client.query('COMMIT')
  const late = transferOf(store).importEvents([event(10, 1)])
  await expect(late).rejects.toMatchObject({ code: 'import-conflict', position: 10 })
  await transferOf(store).importEvents([event(10, 2)])
  expect(await store.head()).toBe(10)
})

test('what was imported is as immutable as what was appended, and the schema is sound', async () => {
  const store = await database.open({ schema: 'sound' })
  await transferOf(store).importEvents([event(10, 1), event(2 ** 40, 2)])
  for (const table of ['events', 'tags']) {
    await expect(database.pool.query(`DELETE FROM sound.${table}`)).rejects.toThrow('immutable')
  }
  await database.open({ schema: 'sound' })
  expect(await database.value(`SELECT version FROM sound.streams WHERE stream = 'thing-1'`)).toBe('2')
  expect((await store.append('thing-1', [happened()])).position).toBe(2 ** 40 + 1)
  const copy = await database.open({ schema: 'copy' })
  expect(await importLog(copy, exportLog(store))).toMatchObject({ stored: 3 })
})

test('the process of an import that is cut off leaves nothing of its batch', async () => {
  const store = await database.open({ schema: 'cut', applicationName: 'cut-off' })
  const blocker = await database.connect()
  await blocker.query('BEGIN; LOCK TABLE cut.tags IN EXCLUSIVE MODE')
  const call = transferOf(store).importEvents([event(10, 1)])
  call.catch(() => {})
  const blocked = `SELECT pid FROM pg_stat_activity WHERE application_name = 'cut-off' AND wait_event_type = 'Lock'`
  while ((await database.value(blocked)) === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  await database.pool.query(`SELECT pg_terminate_backend(pid) FROM (${blocked}) AS found`)
  await expect(call).rejects.toMatchObject({ code: 'store-unavailable' })
  await blocker.query('COMMIT')
  expect(await store.head()).toBe(0)
  expect(await store.streamInfo('thing-1')).toBeUndefined()
  await transferOf(store).importEvents([event(10, 1)])
  expect(await store.head()).toBe(10)
})
