import pg from 'pg'
import { expect, test } from 'vitest'
import { jsonArray } from '../src/json-array.ts'
import { PreparedCall } from '../src/prepared-call.ts'
import { type Row, run, runAndRead, runBoth, statement } from '../src/statement.ts'
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

test.each([
  ['in one round trip', {}],
  ['in pipeline mode', { pipeline: true }],
])('two calls %s fail together, and leave their connection usable', async (_, options) => {
  const client = new pg.Client({ connectionString: database.url, ...options })
  await client.connect()
  const divide = statement('divide', 'SELECT 12 / $1::integer')
  const count = statement('count', 'SELECT 12 / $1::integer FROM generate_series(1, 3)')
  const read = ([text]: Row) => {
    if (text === '2') throw new Error('no twos')
    return Number(text)
  }
  const both = (first: number, second: number) =>
    runBoth(
      client,
      { statement: divide, values: [first], read },
      { statement: count, values: [second], read },
    )
  // The first time the server has parsed neither, and then both.
  for (let time = 0; time < 2; time++) {
    expect(await both(12, 4)).toEqual([[1], [3, 3, 3]])
    await expect(both(0, 4)).rejects.toMatchObject({ code: '22012' })
    await expect(both(4, 0)).rejects.toMatchObject({ code: '22012' })
    await expect(both(6, 4)).rejects.toThrow('no twos')
    await expect(both(4, 6)).rejects.toThrow('no twos')
  }
  expect(await both(4, 3)).toEqual([[3], [4, 4, 4]])
  await client.end()
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
