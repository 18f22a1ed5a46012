import { expect, test } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'

async function openSql() {
  const store = await openTestStore()
  const { sql } = store.adapter
  if (sql === undefined) throw new Error('no SQL')
  return { store, sql }
}

test('SQL is run one statement at a time, and rows are given by column name', async () => {
  const { sql } = await openSql()
  expect(sql.dialect).toBe('sqlite')
  expect(await sql.run('CREATE TABLE totals (owner TEXT, cents INTEGER)')).toEqual([])
  expect(await sql.run(`INSERT INTO totals VALUES ('ada', 5), ('bob', 7)`)).toEqual([])
  expect(await sql.run('UPDATE totals SET cents = cents + 1 RETURNING owner, cents')).toEqual([
    { owner: 'ada', cents: 6 },
    { owner: 'bob', cents: 8 },
  ])
  expect(await sql.run('SELECT sum(cents) AS sum FROM totals')).toEqual([{ sum: 14 }])
  await expect(sql.run('SELECT 1; SELECT 2')).rejects.toThrow('more than one statement')
  await expect(sql.run('SELEKT 1')).rejects.toMatchObject({ code: 'store-failure' })
  await expect(sql.run('COMMIT')).rejects.toMatchObject({ code: 'invalid-transaction' })
})

test('SQL in a transaction belongs to it', async () => {
  const { store, sql } = await openSql()
  const failing = store.transaction(async (transaction) => {
    await sql.run('CREATE TABLE totals (cents INTEGER)', transaction)
    await sql.run('INSERT INTO totals VALUES (5)', transaction)
    expect(await sql.run('SELECT * FROM totals', transaction)).toEqual([{ cents: 5 }])
    throw new Error('as planned')
  })
  await expect(failing).rejects.toThrow('as planned')
  await expect(sql.run('SELECT * FROM totals')).rejects.toMatchObject({ code: 'store-failure' })
})

test('SQL that reads waits for no writer, and sees what is committed', async () => {
  const { store, sql } = await openSql()
  await sql.run('CREATE TABLE totals (cents INTEGER)')
  await store.transaction(async (transaction) => {
    await sql.run('INSERT INTO totals VALUES (5)', transaction)
    expect(await sql.run('SELECT * FROM totals')).toEqual([])
  })
  expect(await sql.run('SELECT * FROM totals')).toEqual([{ cents: 5 }])
})

test('SQL is refused once the store is closed', async () => {
  const { store, sql } = await openSql()
  await store.close()
  for (const statement of ['SELECT 1', 'CREATE TABLE totals (cents INTEGER)']) {
    await expect(sql.run(statement)).rejects.toMatchObject({ code: 'store-closed' })
  }
  expect(openHandle(store.path).prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'totals'`).all()).toEqual(
    [],
  )
})
