import type { Socket } from 'node:net'
import type { Subscription } from '@eventfold/core'
import { createDatabase } from '@eventfold/local-postgres'
import pg from 'pg'
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Ordering, openPostgres, type PostgresStore } from '../src/index.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()

/** Follows the log as a consumer does: what it has passed it never looks at again. */
async function follow(
  store: PostgresStore,
  from: number,
  isDone: () => boolean,
): Promise<{ readonly positions: number[]; readonly versions: Map<string, number[]> }> {
  const positions: number[] = []
  const versions = new Map<string, number[]>()
  for (let after = from; ; ) {
    const wasDone = isDone()
    const page = await store.readLog({ after, limit: 50 })
    for (const { position, stream, version } of page.events) {
      positions.push(position)
      versions.set(stream, [...(versions.get(stream) ?? []), version])
    }
    expect(page.next).toBe(page.events.at(-1)?.position ?? after)
    after = page.next
    if (page.end && wasDone) return { positions, versions }
    if (page.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Up to the event of type `Last`. */
async function positionsOf(subscription: Subscription): Promise<number[]> {
  const positions: number[] = []
  for await (const { position, type } of subscription) {
    positions.push(position)
    if (type === 'Last') break
  }
  return positions
}

describe.each<Ordering>(['announced', 'exclusive'])('%s writers', (ordering) => {
  const schema = `log_${ordering}`
  let store: PostgresStore
  let others: PostgresStore[]

  beforeAll(async () => {
    store = await database.open({ schema, ordering })
    others = await Promise.all([1, 2, 3].map(() => database.open({ schema })))
  })

  afterEach(async () => {
    expect(await store.head()).toBe(
      Number(await database.value(`SELECT max(position) FROM ${schema}.events`)),
    )
  })

  test('that commit late hold later events back, and are read before them', async () => {
    if (ordering === 'exclusive') return
    const start = await store.head()
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-1', [happened()], { transaction: slow })
    await others[0]?.append('fast-1', [happened()])
    await others[1]?.append('fast-2', [happened(), happened()])
    for (let time = 0; time < 3; time++) {
      expect(await store.readLog({ after: start })).toEqual({ events: [], next: start, end: true })
      expect(await store.readLog({ after: start, category: 'fast' })).toMatchObject({
        events: [],
        next: start,
      })
      expect((await store.readLog({ backwards: true, limit: 1 })).events[0]?.position ?? 0).toBe(start)
    }
    expect(await store.head()).toBe(start)
    await slow.query('COMMIT')
    const { events, end } = await store.readLog({ after: start })
    expect(events.map(({ stream }) => stream)).toEqual(['slow-1', 'fast-1', 'fast-2', 'fast-2'])
    expect(end).toBe(true)
  })

  test('that read the log in their transaction and roll back have told nobody else of it', async () => {
    const start = await store.head()
    const everything = {
      after: start,
      before: Number.MAX_SAFE_INTEGER,
      backwards: false,
      limit: 10,
      filter: {},
    }
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('rolled-back', [happened()], { transaction: slow })
    await store.adapter.readLog(everything, slow)
    await slow.query('ROLLBACK')
    expect(await store.head()).toBe(start)
    expect(await store.adapter.readLog(everything)).toMatchObject({ events: [], next: start })
  })

  test('that withhold much hold nothing back for longer than they are open', async () => {
    if (ordering === 'exclusive') return
    const start = await store.head()
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-2', [happened()], { transaction: slow })
    const many = Array.from({ length: 200 }, (_, n) => happened(n))
    await others[0]?.append('fast-3', many)
    const expectNothing = async () => {
      expect(await store.readLog({ after: start })).toEqual({ events: [], next: start, end: true })
      expect(await store.readLog({ after: start, category: 'fast' })).toMatchObject({ events: [], end: true })
      expect(await store.readLog({ after: start, limit: 10 })).toMatchObject({ events: [], end: true })
    }
    for (let time = 0; time < 3; time++) await expectNothing()
    await slow.query('COMMIT')
    const { events } = await store.readLog({ after: start, limit: 150 })
    const rest = await store.readLog({ after: events.at(-1)?.position ?? 0 })
    expect([...events, ...rest.events].map(({ stream }) => stream)).toEqual([
      'slow-2',
      ...many.map(() => 'fast-3'),
    ])
    expect(rest.end).toBe(true)
  })

  test('that end while a page is under way are not passed over by what another look has found', async () => {
    if (ordering === 'exclusive') return
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const reader = await database.open({ schema, connectionString: url.href })
    const start = await reader.head()
    for (let time = 0; time < 3; time++) await reader.readLog({ after: start })
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-3', [happened()], { transaction: slow })
    await others[0]?.append('fast-4', [happened()])
    const reply = proxy.holdReplyTo('eventfold_safe_head')
    const page = reader.readLog({ after: start })
    await reply.arrived
    await slow.query('COMMIT')
    expect(await reader.head()).toBe(start + 2)
    reply.release()
    expect(await page).toEqual({ events: [], next: start, end: true })
    const { events } = await reader.readLog({ after: start })
    expect(events.map(({ stream }) => stream)).toEqual(['slow-3', 'fast-4'])
    await reader.close()
    proxy.close()
  })

  test('that withhold much do not make readers fetch it again and again', async () => {
    if (ordering === 'exclusive') return
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    const reader = await database.open({ schema, pool })
    const start = await reader.head()
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-4', [happened()], { transaction: slow })
    const text = 'x'.repeat(1_000)
    await others[0]?.append(
      'fast-5',
      Array.from({ length: 200 }, () => ({ type: 'Written', data: { text } })),
    )
    const client = await pool.connect()
    const stream = client.connection.stream as Socket
    client.release()
    const bytes: number[] = []
    for (let time = 0; time < 4; time++) {
      const before = stream.bytesRead
      expect(await reader.readLog({ after: start })).toMatchObject({ events: [] })
      bytes.push(stream.bytesRead - before)
    }
    expect(bytes.at(-1)).toBeLessThan(text.length)
    await slow.query('ROLLBACK')
    expect((await reader.readLog({ after: start, limit: 300 })).events).toHaveLength(200)
    await reader.close()
    await pool.end()
  })

  test('that roll back leave a hole that nobody waits for', async () => {
    const start = await store.head()
    const client = await database.connect()
    await client.query('BEGIN')
    await store.append('gone-1', [happened()], { transaction: client })
    const waiting = others[0]?.append('kept-1', [happened()])
    await client.query('ROLLBACK')
    const kept = await waiting
    const { events } = await store.readLog({ after: start })
    expect(events.map(({ position }) => position)).toEqual([kept?.position])
  })

  test('that are refused in a transaction hold nobody back', async () => {
    if (ordering === 'exclusive') return
    const refused = await database.connect()
    const gone = await database.connect()
    await Promise.all([refused.query('BEGIN'), gone.query('BEGIN')])
    const append = store.append('refused-1', [happened()], { expected: 7, transaction: refused })
    await expect(append).rejects.toMatchObject({ code: 'concurrency' })
    await store.append('gone-2', [happened()], { transaction: gone })
    const { position } = (await others[0]?.append('kept-2', [happened()])) ?? {}
    await gone.query('ROLLBACK')
    expect(await store.head()).toBe(position)
    await refused.query('ROLLBACK')
  })

  test('that are prepared for a commit in two phases hold later events back until that', async (context) => {
    if (ordering === 'exclusive') return
    if ((await database.value('SHOW max_prepared_transactions')) === '0') context.skip()
    const start = await store.head()
    for (const name of ['kept', 'gone']) {
      const client = await database.connect()
      await client.query('BEGIN')
      await store.append(`prepared-${name}`, [happened()], { transaction: client })
      await client.query(`PREPARE TRANSACTION '${name}'`)
      // Nobody holds it any more.
      await client.end()
    }
    await others[0]?.append('fast-6', [happened()])
    expect(await store.readLog({ after: start })).toEqual({ events: [], next: start, end: true })
    await database.pool.query(`ROLLBACK PREPARED 'gone'`)
    expect(await store.head()).toBe(start)
    await database.pool.query(`COMMIT PREPARED 'kept'`)
    const { events } = await store.readLog({ after: start })
    expect(events.map(({ stream }) => stream)).toEqual(['prepared-kept', 'fast-6'])
  })

  test('in tables, transactions and databases of others hold nobody back', async () => {
    const foreign = await database.connect()
    await foreign.query('CREATE TABLE IF NOT EXISTS foreign_table (n int)')
    await foreign.query(
      'BEGIN; INSERT INTO foreign_table VALUES (1); SELECT pg_advisory_xact_lock_shared(7, 7)',
    )
    // Of the same name, so that its writers announce themselves by the same key.
    const { url, drop } = await createDatabase(inject('postgresUrl'))
    const pool = new pg.Pool({ connectionString: url })
    const neighbour = await openPostgres({ pool, schema, ordering })
    const writer = await pool.connect()
    await writer.query('BEGIN')
    await neighbour.append('neighbour-1', [happened()], { transaction: writer })
    // A hole, for readers look at announcements only where there is one.
    const gone = await database.connect()
    await gone.query('BEGIN')
    await store.append('gone-3', [happened()], { transaction: gone })
    await gone.query('ROLLBACK')
    const { position } = await store.append('free-1', [happened()])
    expect(await store.head()).toBe(position)
    await foreign.query('ROLLBACK')
    await writer.query('ROLLBACK')
    writer.release()
    await neighbour.close()
    await pool.end()
    await drop()
  })

  test('of raw SQL are announced too, whatever was noted before', async () => {
    const start = await store.head()
    const raw = await database.connect()
    const insert = `INSERT INTO ${schema}.events (stream, version, id, type, schema_version, data)
      VALUES ('raw-1', 1, gen_random_uuid(), 'Raw', 1, '{}')`
    await raw.query(`SELECT set_config('eventfold.announced_${schema}', pg_current_xact_id()::text, false)`)
    await raw.query('BEGIN; SET LOCAL session_replication_role = replica')
    await raw.query(`SAVEPOINT undone; ${insert}; ROLLBACK TO SAVEPOINT undone; ${insert}`)
    const waiting = others[0]?.append('after-1', [happened()])
    if (ordering === 'announced') {
      await waiting
      expect(await store.head()).toBe(start)
    }
    await raw.query('COMMIT')
    await waiting
    const { events } = await store.readLog({ after: start })
    expect(events.map(({ stream }) => stream)).toEqual(['raw-1', 'after-1'])
  })

  test('of every kind, many at once, are read completely and in order', async () => {
    const start = await store.head()
    const committed: number[] = []
    const stores = [store, ...others]
    const end = Date.now() + 1_500
    let isDone = false
    // Several of one store share what they know.
    const readers = [store, store, store, others[0] as PostgresStore].map((reader) =>
      follow(reader, start, () => isDone),
    )
    // What they are told of the appends of their store they do not read.
    const subscriptions = [0, 5, 10].map((batchInterval) =>
      positionsOf(store.subscribe({ after: start, category: 'hot', batchInterval })),
    )
    subscriptions.push(positionsOf(store.subscribe({ after: start })))
    await Promise.all(
      Array.from({ length: 24 }, async (_, writer) => {
        const own = stores[writer % stores.length] as PostgresStore
        for (let n = 0; Date.now() < end; n++) {
          const stream = `hot-${(writer + n) % 4}`
          if (writer % 3 > 0) {
            const { position } = await own.append(stream, [happened(n)])
            committed.push(position)
            continue
          }
          let kept: number[] = []
          const work = own.transaction(async (transaction) => {
            if (n % 4 === 1) {
              await transaction.query('SAVEPOINT s')
              await own.append(`saved-${writer}`, [happened(n)], { transaction })
              await transaction.query('ROLLBACK TO SAVEPOINT s')
            }
            const results = await own.appendAll([{ stream: `own-${writer}`, events: [happened(n)] }], {
              transaction,
            })
            await transaction.query('SELECT pg_sleep($1)', [((writer + n) % 3) / 500])
            kept = results.map(({ position }) => position)
            if (n % 3 === 2) throw new Error('roll back')
          })
          await work.then(
            () => committed.push(...kept),
            (error: Error) => expect(error.message).toBe('roll back'),
          )
        }
      }),
    )
    for (let n = 0; n < 20; n++) committed.push((await store.append('hot-1', [happened(n)])).position)
    committed.push((await store.append('hot-1', [{ type: 'Last', data: {} }])).position)
    isDone = true
    const hot = (
      await database.pool.query(
        `SELECT position::int FROM ${schema}.events
      WHERE position > $1 AND stream LIKE 'hot-%' ORDER BY position`,
        [start],
      )
    ).rows.map(({ position }) => position)
    for (const positions of (await Promise.all(subscriptions)).slice(0, 3)) expect(positions).toEqual(hot)
    expect(await subscriptions.at(-1)).toEqual(committed.toSorted((a, b) => a - b))
    for (const { positions, versions } of await Promise.all(readers)) {
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      expect(positions).toEqual(committed.toSorted((a, b) => a - b))
      for (const [stream, ofStream] of versions) {
        const first = ofStream[0] as number
        expect([stream, ofStream]).toEqual([stream, ofStream.map((_, index) => first + index)])
      }
    }
  })
})

describe('a reader that', () => {
  test.each([
    [
      'ignores the announcements',
      'SELECT coalesce(max(e.position), known) FROM broken.events e WHERE e.position > known',
    ],
    ['trusts the sequence', 'SELECT greatest(known, last_value) FROM broken.events_position_seq'],
  ])('%s skips events, and the late writer shows it', async (_, body) => {
    const store = await database.open({ schema: 'broken' })
    await database.pool.query(`CREATE OR REPLACE FUNCTION broken.safe_head(known bigint, page integer)
      RETURNS bigint LANGUAGE sql AS $$ ${body} $$`)
    const start = Number(await database.value('SELECT coalesce(max(position), 0) FROM broken.events'))
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-1', [happened()], { transaction: slow })
    await store.append('fast-1', [happened()])
    const early = await store.readLog({ after: start })
    expect(early.events.map(({ stream }) => stream)).toEqual(['fast-1'])
    await slow.query('COMMIT')
    expect((await store.readLog({ after: early.next })).events).toEqual([])
  })

  test.each([
    ['has one snapshot for all', 'REPEATABLE READ'],
    ['has one snapshot for all, checked', 'SERIALIZABLE'],
  ])('%s is refused', async (_, level) => {
    await database.open({ schema: 'naive' })
    const client = await database.connect()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await expect(client.query('SELECT naive.safe_head(0, 100)')).rejects.toThrow(/READ COMMITTED/)
    await client.query('ROLLBACK')
  })
})

test('a standby, which sees no announcements, is read up to its first gap, wherever one begins', async () => {
  const store = await database.open({ schema: 'copied' })
  const start = Array.from({ length: 50 }, (_, n) => happened(n))
  await store.append('start-1', start)
  await database.pool.query(`CREATE SCHEMA in_recovery;
    CREATE FUNCTION in_recovery.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'`)
  const options = '-c search_path=in_recovery,pg_catalog'
  const pool = new pg.Pool({ connectionString: database.url, options })
  const standby = await database.open({ schema: 'copied', pool, migrate: false })
  const { events, end } = await standby.readLog({ after: 40, limit: 5 })
  expect(events.map(({ position }) => position)).toEqual([41, 42, 43, 44, 45])
  expect(end).toBe(false)
  const slow = await database.connect()
  await slow.query('BEGIN')
  await store.append('slow-1', [happened()], { transaction: slow })
  await store.append('fast-1', [happened()])
  expect(await standby.readLog({ after: 50 })).toEqual({ events: [], next: 50, end: true })
  expect(await standby.head()).toBe(50)
  await slow.query('COMMIT')
  expect((await standby.readLog({ after: 50 })).events.map(({ stream }) => stream)).toEqual([
    'slow-1',
    'fast-1',
  ])
  expect(await standby.head()).toBe(52)
  await standby.close()
  await pool.end()
})

test('positions beyond 32 bits are announced and compared in full', async () => {
  const store = await database.open({ schema: 'large' })
  await store.append('start-1', [happened()])
  for (const edge of [2n ** 31n, 2n ** 32n, 3n * 2n ** 32n, 2n ** 53n - 20n]) {
    await database.pool.query(`SELECT setval('large.events_position_seq', $1)`, [String(edge - 2n)])
    const start = await store.head()
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-1', [happened(), happened()], { transaction: slow })
    const fast = await store.append('fast-1', [happened(), happened(), happened()])
    expect(fast.position).toBe(Number(edge) + 3)
    expect((await store.readLog({ after: start })).events).toEqual([])
    await slow.query('COMMIT')
    expect((await store.readLog({ after: start })).events).toHaveLength(5)
    expect(await store.head()).toBe(fast.position)
  }
  const beyond = store.append(
    'start-1',
    Array.from({ length: 30 }, () => happened()),
  )
  // No space and no time would help.
  await expect(beyond).rejects.toMatchObject({ code: 'store-failure', retryable: false })
})

test('a transaction that withholds events for long is told to the logger', async () => {
  const warnings: Readonly<Record<string, unknown>>[] = []
  const store = await database.open({
    schema: 'withheld',
    logger: { warn: (_, details) => void warnings.push(details) },
  })
  const stop = await store.onAppend(() => {})
  const idle = await database.connect()
  await idle.query(`SET application_name = 'forgetful'; BEGIN`)
  await store.append('slow-1', [happened()], { transaction: idle })
  const { position } = await store.append('fast-1', [happened()])
  await until(() => warnings.length > 0)
  expect(warnings[0]).toMatchObject({
    readableUpTo: 0,
    newest: position,
    writers: [{ applicationName: 'forgetful', state: 'idle in transaction' }],
  })
  await idle.query('ROLLBACK')
  await stop()
})
