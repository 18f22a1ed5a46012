import pg from 'pg'
import { expect, test } from 'vitest'
import { jsonArray } from '../src/json-array.ts'
import { PreparedCall } from '../src/prepared-call.ts'
import { type Row, run, runAndRead, statement } from '../src/statement.ts'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

test('a call that fails leaves its connection usable, and its statement prepared', async () => {
  const client = await database.connect()
  const divide = statement('divide', 'SELECT 12 / $1::integer, $2::text')
  expect(await run(client, divide, [4, 'ä'])).toEqual([['3', 'ä']])
  await expect(run(client, divide, [0, ''])).rejects.toMatchObject({ code: '22012' })
  expect(await run(client, divide, [3, null])).toEqual([['4', null]])
  expect(await run(client, statement('nothing', 'SELECT 1 WHERE false'), [])).toEqual([])
  await expect(run(client, statement('wrong', 'SELECT nowhere'), [])).rejects.toMatchObject({ code: '42703' })
  expect(await run(client, divide, [2, ''])).toEqual([['6', '']])
})

test('a row that cannot be read fails the call, and leaves its connection usable', async () => {
  const client = await database.connect()
  const numbers = statement('numbers', 'SELECT generate_series(1, $1::integer)')
  const read = ([text]: Row) => {
    if (text === '2') throw new Error('no twos')
    return Number(text)
  }
  await expect(runAndRead(client, numbers, [5], read)).rejects.toThrow('no twos')
  expect(await runAndRead(client, numbers, [1], read)).toEqual([1])
  expect(await run(client, numbers, [2])).toEqual([['1'], ['2']])
})

test('values of every kind and length arrive as they are', async () => {
  const client = await database.connect()
  const parts = statement('parts', 'SELECT unnest($1::json[])')
  const echo = statement('echo', 'SELECT $1::text, $2::bigint, $3::boolean')
  for (const text of ['', 'é€😀', 'é'.repeat(999), 'é€😀'.repeat(1000), `"\\\n`.repeat(100_000)]) {
    const json = JSON.stringify({ text })
    const number = Number.MIN_SAFE_INTEGER
    expect(await run(client, echo, [text, number, true])).toEqual([[text, String(number), 't']])
    const array = jsonArray([json, undefined, '{ "b": 1, "a": 2 }'])
    expect(await run(client, parts, [array])).toEqual([[json], [null], ['{ "b": 1, "a": 2 }']])
  }
})

test('a call on a connection that is closed meanwhile rejects', async () => {
  const client = await database.connect()
  const sleeping = run(client, statement('sleep', 'SELECT pg_sleep($1)'), [60])
  await Promise.all([expect(sleeping).rejects.toThrow(), client.end()])
  await expect(run(client, statement('late', 'SELECT 1'), [])).rejects.toThrow()
})

test.each([
  ['a query_timeout', { query_timeout: 5_000 }, true],
  ['pipeline mode', { pipeline: true }, false],
])('a pool with %s serves the store', async (_, options, isOwnCall) => {
  const pool = new pg.Pool({ connectionString: database.url, ...options })
  const store = await database.open({ pool, listen: false })
  const client = await pool.connect()
  expect(PreparedCall.isPossible(client)).toBe(isOwnCall)
  client.release()
  const stream = isOwnCall ? 'timed-1' : 'piped-1'
  await Promise.all([1, 2, 3].map((n) => store.append(stream, [happened(n)])))
  expect(await store.readStream(stream)).toHaveLength(3)
  await expect(store.append(stream, [happened()], { expected: 1 })).rejects.toMatchObject({
    code: 'concurrency',
  })
  await store.close()
  await pool.end()
})

test('a query_timeout ends a call', async () => {
  const client = new pg.Client({ connectionString: database.url, query_timeout: 50 })
  client.on('error', () => {})
  await client.connect()
  await expect(run(client, statement('sleep', 'SELECT pg_sleep($1)'), [1])).rejects.toThrow(/timeout/)
  await client.end()
})
