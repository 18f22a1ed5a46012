import { beforeAll, describe, expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
let store: PostgresStore

beforeAll(async () => {
  store = await database.open()
  for (let batch = 0; batch < 25; batch++) {
    await store.append(
      `bulk-${batch}`,
      Array.from({ length: 1000 }, (_, n) => ({
        ...happened(n),
        ...(n % 500 === 0 && { tags: ['rare', `b${batch}`] }),
      })),
    )
  }
  await store.append('other-1', [{ type: 'Rare', data: {}, tags: ['rare', 'last'] }])
  await database.pool.query('VACUUM ANALYZE eventfold.events')
})

describe('a filter that matches little', () => {
  test('ends its page after a bounded scan, at an event that was really scanned', async () => {
    const pages = []
    let after = 0
    do {
      const page = await store.readLog({ after, types: ['Rare'] })
      pages.push(page)
      expect(page.next).toBeGreaterThan(after)
      expect(
        await database.value('SELECT count(*) FROM eventfold.events WHERE position = $1', [page.next]),
      ).toBe('1')
      after = page.next
    } while (!pages.at(-1)?.end)
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flatMap(({ events }) => events.map(({ stream }) => stream))).toEqual(['other-1'])
  })

  test('does the same backwards', async () => {
    const streams = []
    for await (const batch of store.readLogInBatches({
      category: 'bulk',
      types: ['Rare', 'Happened'],
      backwards: true,
      limit: 7_000,
    })) {
      streams.push(...batch.map(({ position }) => position))
    }
    expect(streams).toHaveLength(25_000)
    expect(streams).toEqual(streams.toSorted((a, b) => b - a))
  })

  test('finds tags by their index, in one page', async () => {
    const rare = await store.readLog({ tags: ['rare'] })
    expect(rare).toMatchObject({ end: true, next: await store.head() })
    expect(rare.events).toHaveLength(51)
    const both = await store.readLog({ tags: ['rare', 'b3'], backwards: true, limit: 1 })
    expect(both.events).toMatchObject([{ stream: 'bulk-3', version: 501 }])
    expect((await store.readLog({ tags: ['b3', 'b4'] })).events).toEqual([])
    const narrow = await store.readLog({
      tags: ['rare'],
      stream: 'other-1',
      types: ['Rare'],
      category: 'other',
    })
    expect(narrow.events).toHaveLength(1)
  })
})

test('the end of a page is told exactly, and bounds are kept', async () => {
  const head = await store.head()
  expect(await store.readLog({ after: head - 2, limit: 2 })).toMatchObject({ end: true, next: head })
  expect(await store.readLog({ after: head - 3, limit: 2 })).toMatchObject({ end: false, next: head - 1 })
  expect(await store.readLog({ after: head })).toEqual({ events: [], next: head, end: true })
  expect(await store.readLog({ before: 3, limit: 2 })).toMatchObject({ end: true, next: 2 })
  expect(await store.readLog({ backwards: true, after: head - 2 })).toMatchObject({
    end: true,
    next: head - 1,
  })
  expect(await store.readLog({ backwards: true, before: 1 })).toEqual({ events: [], next: 1, end: true })
  const fresh = await database.open()
  expect((await fresh.readLog({ before: head, backwards: true, limit: 1 })).events[0]?.position).toBe(
    head - 1,
  )
})

test('order does not depend on how the server finds the events', async () => {
  const crossed = await database.open({ schema: 'crossed' })
  await crossed.append(
    'order-1',
    Array.from({ length: 50 }, (_, n) => happened(n)),
  )
  const expected = Array.from({ length: 50 }, (_, n) => n + 1)
  await crossed.transaction(async (transaction) => {
    await transaction.query('SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off')
    for (const backwards of [false, true]) {
      const events = await crossed.readStream('order-1', { transaction, backwards })
      const versions = events.map(({ version }) => version)
      expect(backwards ? versions.toReversed() : versions).toEqual(expected)
    }
  })
})

test('positions and versions beyond 2^53 are refused, not rounded', async () => {
  const huge = await database.open({ schema: 'huge' })
  await database.pool.query(`INSERT INTO huge.streams VALUES ('huge-1', 9007199254740993)`)
  await expect(huge.append('huge-1', [happened()])).rejects.toMatchObject({ code: 'store-failure' })
})

describe('the plan of', () => {
  const generic = async (sql: string, values: readonly unknown[]) => {
    const client = await database.connect()
    await client.query(`SET plan_cache_mode = force_generic_plan`)
    await client.query(`PREPARE examined AS ${sql}`)
    const literals = values
      .map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
      .join(', ')
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE examined(${literals})`)
    return JSON.stringify(rows)
  }

  test('reading a stream is its index', async () => {
    const plan = await generic(
      `SELECT e.data FROM eventfold.events e WHERE e.stream = $1 AND e.version >= $2 AND e.version <= $3
      ORDER BY e.version LIMIT $4`,
      ['bulk-3', 1, 1000, 1000],
    )
    expect(plan).toContain('events_stream_version_key')
    expect(plan).not.toContain('Seq Scan')
  })

  test('the version check and the look for ids are their indexes', async () => {
    const scans = `SELECT relname, seq_scan::integer AS scans FROM pg_stat_user_tables
      WHERE schemaname = 'planned' AND relname IN ('events', 'streams') ORDER BY relname`
    const open = () => database.open({ schema: 'planned', applicationName: 'planned' })
    const first = await open()
    await Promise.all(Array.from({ length: 300 }, (_, n) => first.append(`first-${n}`, [happened()])))
    const before = (await scansAfterClose(first, scans)) as { scans: number }[]
    const second = await open()
    for (let n = 0; n < 20; n++) {
      const stream = `planned-${n}`
      await second.append(stream, [happened()])
      await second.append(stream, [happened(), happened()], { expected: 1 })
      await second.appendAll([stream, `${stream}b`].map((stream) => ({ stream, events: [happened()] })))
      await second.append(stream, [happened()], { expected: 1 }).catch(() => {})
      await second.readStream(stream)
      await second.streamInfo(stream)
    }
    const after = (await scansAfterClose(second, scans)) as { scans: number }[]
    // Opening looks for the newest position, once.
    expect(after[0]?.scans).toBeLessThanOrEqual((before[0]?.scans ?? 0) + 1)
    expect(after[1]?.scans).toBe(before[1]?.scans)
  })
})

/** The server counts what a session has done at the latest when that ends. */
async function scansAfterClose(store: PostgresStore, sql: string): Promise<unknown[]> {
  await store.close()
  const sessions = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'planned'`
  await until(async () => (await database.value(sessions)) === '0')
  return (await database.pool.query(sql)).rows
}
