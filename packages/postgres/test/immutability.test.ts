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
