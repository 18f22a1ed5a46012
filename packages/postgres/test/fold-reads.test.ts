import pg from 'pg'
import { expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, testDatabase } from './test-database.ts'

const database = await testDatabase()

function readFold({ adapter }: PostgresStore, stream: string, from = 1, limit = 1024) {
  return adapter.readFold({ stream, from, to: Number.MAX_SAFE_INTEGER, backwards: false, limit })
}

/** Makes a pool that tells how often a client was asked for. */
function countingPool(max = 10): { readonly pool: pg.Pool; asked: number } {
  const pool = new pg.Pool({ connectionString: database.url, max })
  const counting = { pool, asked: 0 }
  const connect = pool.connect.bind(pool) as (...parameters: unknown[]) => unknown
  pool.connect = ((...parameters: unknown[]) => {
    counting.asked++
    return connect(...parameters)
  }) as typeof pool.connect
  return counting
}

const someEvents = (count: number) => Array.from({ length: count }, (_, n) => happened(n))

test('reads that are asked for at once share a client, and each gets its own events', async () => {
  const counting = countingPool()
  const writer = await database.open()
  const store = await database.open({ pool: counting.pool, listen: false })
  const sizes = [3, 0, 20, 1, 7, 0, 2, 12]
  await Promise.all(
    sizes.map((size, n) => (size === 0 ? undefined : writer.append(`shared-${n}`, someEvents(size)))),
  )
  counting.asked = 0
  const results = await Promise.all([
    ...sizes.map((_, n) => readFold(store, `shared-${n}`)),
    readFold(store, 'shared-2', 5, 3),
  ])
  expect(counting.asked).toBe(1)
  expect(results.map((rows) => rows.length)).toEqual([...sizes, 3])
  expect(results.at(-1)?.map(({ version }) => version)).toEqual([5, 6, 7])
  expect(results[2]?.map(({ data }) => JSON.parse(data))).toEqual(someEvents(20).map(({ data }) => data))
  await store.close()
  await counting.pool.end()
})

test('long reads go side by side', async () => {
  const counting = countingPool()
  const writer = await database.open()
  const store = await database.open({ pool: counting.pool, listen: false })
  for (const n of [1, 2, 3]) await writer.append(`long-${n}`, someEvents(400))
  for (let time = 0; time < 3; time++) await readFold(store, 'long-1')
  // Until then the last client stays with who asks next.
  await new Promise(setImmediate)
  counting.asked = 0
  const results = await Promise.all([1, 2, 3].map((n) => readFold(store, `long-${n}`)))
  expect(results.map((rows) => rows.length)).toEqual([400, 400, 400])
  expect(counting.asked).toBe(3)
  await store.close()
  await counting.pool.end()
})

test('a read that fails does not fail those that it shared a round trip with', async () => {
  const store = await database.open({ schema: 'partly' })
  for (const stream of ['good-1', 'bad-1', 'good-2']) await store.append(stream, [happened()])
  // As broken storage would: an error for the rows of one stream.
  await database.pool.query(`
    ALTER TABLE partly.events RENAME TO stored;
    CREATE VIEW partly.events AS SELECT id, stream, version, type, schema_version,
      CASE stream WHEN 'bad-1' THEN json_build_object('n', 1 / (version - version)) ELSE data END AS data
    FROM partly.stored`)
  const results = await Promise.allSettled(
    ['good-1', 'bad-1', 'good-2'].map((stream) => readFold(store, stream)),
  )
  expect(results).toMatchObject([
    { status: 'fulfilled', value: [{ version: 1 }] },
    { status: 'rejected', reason: { code: 'store-failure' } },
    { status: 'fulfilled', value: [{ version: 1 }] },
  ])
})

test('a loop of calls gives way to who waits for a client of the pool', async () => {
  const { pool } = countingPool(1)
  const store = await database.open({ pool, listen: false })
  await store.append('busy-1', [happened()])
  let isServed = false
  const waiting = pool.connect().then((client) => {
    isServed = true
    client.release()
  })
  for (let time = 0; !isServed; time++) {
    expect(time).toBeLessThan(10)
    await readFold(store, 'busy-1')
  }
  await waiting
  await store.close()
  await pool.end()
})

test('reads in pipeline mode, one after another on its connection', async () => {
  const pool = new pg.Pool({ connectionString: database.url, pipeline: true })
  const store = await database.open({ pool, listen: false })
  await store.append('piped-1', someEvents(2))
  const results = await Promise.all(
    ['piped-1', 'piped-2', 'piped-1'].map((stream) => readFold(store, stream)),
  )
  expect(results.map((rows) => rows.length)).toEqual([2, 0, 2])
  await store.close()
  await pool.end()
})
