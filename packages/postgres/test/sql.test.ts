import type { SqlAdapter } from '@eventfold/core/adapter'
import type { ClientBase } from 'pg'
import { beforeAll, expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { partsOf, testDatabase } from './test-database.ts'

const database = await testDatabase()
let store: PostgresStore
let sql: SqlAdapter<ClientBase>

beforeAll(async () => {
  store = await database.open()
  sql = partsOf(store).sql
})

test('a statement gives its rows by column name', async () => {
  expect(sql.dialect).toBe('postgres')
  expect(await sql.run(`SELECT 1 AS one, 'two' AS "Two", NULL AS none`)).toEqual([
    { one: 1, Two: 'two', none: null },
  ])
  expect(await sql.run('CREATE TABLE totals (key text PRIMARY KEY, cents integer)')).toEqual([])
  expect(await sql.run(`INSERT INTO totals VALUES ('a', 1) RETURNING cents`)).toEqual([{ cents: 1 }])
})

test('a statement of a transaction belongs to it', async () => {
  await sql.run('CREATE TABLE drafts (n integer)')
  const failing = store.transaction(async (transaction) => {
    await sql.run('INSERT INTO drafts VALUES (1)', transaction)
    await sql.run('CREATE VIEW drafted AS SELECT * FROM drafts', transaction)
    expect(await sql.run('SELECT n FROM drafted', transaction)).toEqual([{ n: 1 }])
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await sql.run('SELECT n FROM drafts')).toEqual([])
  expect(await database.value(`SELECT to_regclass('drafted')`)).toBeNull()
})

test('a wrong statement fails typed, and so do two statements', async () => {
  await expect(sql.run('SELECT nothing')).rejects.toMatchObject({ code: 'store-failure' })
  await expect(sql.run('CREATE TABLE one (n integer); SELECT 1')).rejects.toMatchObject({
    code: 'store-failure',
  })
  expect(await database.value(`SELECT to_regclass('one')`)).toBeNull()
})
