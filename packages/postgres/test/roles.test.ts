import { readFile } from 'node:fs/promises'
import { Consumer, truncateStream } from '@eventfold/core'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

/** What the README grants to the role of a program. */
async function documentedGrants(role: string): Promise<string> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const grants = /```sql\n(GRANT .*?)```/s.exec(readme)?.[1] ?? ''
  return grants.replaceAll(' TO app;', ` TO ${role};`)
}

test('a role with the documented rights appends, reads and consumes, and has no way to change history', async () => {
  const role = `eventfold_app_${process.pid}`
  const owner = await database.open()
  await owner.append('account-1', [happened()])
  await database.pool.query(`CREATE ROLE ${role}; ${await documentedGrants(role)}`)
  const pool = new pg.Pool({ connectionString: database.url, options: `-c role=${role}` })
  onTestFinished(async () => {
    await pool.end()
    await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  })
  expect((await pool.query('SELECT current_user AS name')).rows).toEqual([{ name: role }])

  const store = await database.open({ pool, migrate: false })
  await store.append('account-1', [{ ...happened(), tags: ['a'] }], { expected: 1 })
  await store.appendAll(['account-2', 'account-3'].map((stream) => ({ stream, events: [happened()] })))
  await store.transaction((transaction) => store.append('account-4', [happened()], { transaction }))
  expect((await store.readLog({ tags: ['a'] })).events).toHaveLength(1)
  expect(await store.readStream('account-1')).toHaveLength(2)
  let handled = 0
  const consumer = new Consumer(store, 'test', { handle: () => void handled++ })
  await consumer.start()
  await consumer.waitFor(await store.head())
  await consumer.stop()
  expect(handled).toBe(5)

  await expect(truncateStream(store, 'account-1', { before: 2 })).rejects.toMatchObject({
    cause: { code: '42501' },
  })
  for (const sql of [
    'UPDATE eventfold.events SET type = type',
    'DELETE FROM eventfold.events',
    'TRUNCATE eventfold.events',
    'DELETE FROM eventfold.tags',
    'ALTER TABLE eventfold.events DISABLE TRIGGER ALL',
    'DROP TRIGGER immutable ON eventfold.events',
    `SELECT setval('eventfold.events_position_seq', 1)`,
    'UPDATE eventfold.meta SET version = 0',
    'CREATE FUNCTION eventfold.mine() RETURNS int LANGUAGE sql RETURN 1',
  ]) {
    await expect(pool.query(sql), sql).rejects.toMatchObject({ code: '42501' })
  }
  await store.close()
})
