import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
let store: PostgresStore
let other: PostgresStore

beforeAll(async () => {
  store = await database.open()
  other = await database.open()
})

const lastPosition = () => database.value('SELECT last_value FROM eventfold.events_position_seq')

describe('a refused append', () => {
  test.each([
    ['of one event', 'exact-1', 7],
    ['of one event to a new stream', 'exact-1', 'no-stream'],
    ['to a missing stream', 'missing-1', 'stream-exists'],
  ] as const)('takes no position: %s', async (_, stream, expected) => {
    await store.append('exact-1', [happened()])
    const before = await lastPosition()
    await expect(store.append(stream, [happened()], { expected })).rejects.toMatchObject({
      code: 'concurrency',
    })
    const two = store.append(stream, [happened(), happened()], { expected })
    await expect(two).rejects.toMatchObject({ code: 'concurrency', stream, expected })
    const all = store.appendAll([
      { stream: `new-${randomUUID()}`, events: [happened()] },
      { stream, events: [happened()], expected },
    ])
    await expect(all).rejects.toMatchObject({ code: 'concurrency', stream })
    expect(await lastPosition()).toBe(before)
    expect(await database.value(`SELECT count(*) FROM eventfold.streams WHERE version = 0`)).toBe('0')
  })

  test('costs the others of its group nothing', async () => {
    await store.append('group-1', [happened()])
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        store.append(n % 3 === 0 ? 'group-1' : `group-${n + 2}`, [happened(n)], {
          expected: n % 3 === 0 ? 1 : 'no-stream',
        }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(21)
    const versions = (await store.readStream('group-1')).map(({ version }) => version)
    expect(versions).toEqual([1, 2])
  })
})

test('appends of one moment share a transaction', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.append(`shared-${n}`, [happened()])))
  const groups = await database.value(
    `SELECT count(DISTINCT xmin::text) FROM eventfold.events WHERE stream LIKE 'shared-%'`,
  )
  expect(groups).toBe('1')
})

test('callers that append again and again stay in one group', async () => {
  await Promise.all(
    Array.from({ length: 16 }, async (_, n) => {
      for (let time = 0; time < 10; time++) await store.append(`again-${n}`, [happened()], { expected: time })
    }),
  )
  const groups = await database.value(
    `SELECT count(DISTINCT xmin::text) FROM eventfold.events WHERE stream LIKE 'again-%'`,
  )
  expect(Number(groups)).toBeLessThanOrEqual(12)
})

test('groups of two processes that name the same streams in opposite orders do not block each other', async () => {
  const streams = Array.from({ length: 12 }, (_, n) => `opposite-${n}`)
  const work = async (store: PostgresStore, order: readonly string[]) => {
    for (let time = 0; time < 15; time++) {
      await Promise.all([
        store.appendAll(order.map((stream) => ({ stream, events: [happened()] }))),
        ...order.slice(0, 4).map((stream) => store.append(stream, [happened()])),
      ])
    }
  }
  const deadlocks = () =>
    database.value('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')
  const before = await deadlocks()
  await Promise.all([work(store, streams), work(other, streams.toReversed())])
  expect(await deadlocks()).toBe(before)
  for (const stream of streams) {
    const versions = (await store.readStream(stream)).map(({ version }) => version)
    expect(versions).toEqual(versions.map((_, index) => index + 1))
  }
})

describe('the same ids', () => {
  test('from two processes at once with any version are stored once', async () => {
    for (let time = 0; time < 20; time++) {
      const events = [{ ...happened(), id: randomUUID() }]
      const results = await Promise.all(
        [store, other, store, other].map((store) => store.append(`twice-${time}`, events)),
      )
      expect(results.map(({ duplicate }) => duplicate).filter((duplicate) => !duplicate)).toHaveLength(1)
      expect(new Set(results.map(({ position }) => position)).size).toBe(1)
      expect(await store.readStream(`twice-${time}`)).toHaveLength(1)
    }
  })

  test('in another stream are told by the constraint, not by names', async () => {
    const schema = 'id_version_events_stream_version_key'
    const confusing = await database.open({ schema })
    const event = { ...happened(), id: randomUUID() }
    await confusing.append('events_stream_version_key-id', [event])
    await expect(confusing.append('version-2', [event], { expected: 'no-stream' })).rejects.toMatchObject({
      code: 'event-id-conflict',
      eventId: event.id,
      stream: 'events_stream_version_key-id',
    })
    expect(await confusing.streamInfo('version-2')).toBeUndefined()
  })

  test('taken by an open transaction that commits are a conflict, and the group goes on', async () => {
    const event = { ...happened(), id: randomUUID() }
    const client = await database.connect()
    await client.query('BEGIN')
    await store.append('open-1', [event], { transaction: client })
    const late = expect(store.append('open-2', [event])).rejects.toMatchObject({
      code: 'event-id-conflict',
      stream: 'open-1',
    })
    const free = store.append('open-3', [happened()])
    expect(await free).toMatchObject({ version: 1 })
    await client.query('COMMIT')
    await late
  })
})

test('a locked stream fails after the time-out and holds nobody else up', async () => {
  const hasty = await database.open({ lockTimeout: 2_000 })
  await hasty.append('locked-1', [happened()])
  const holder = await database.connect()
  await holder.query(`BEGIN; SELECT FROM eventfold.streams WHERE stream = 'locked-1' FOR UPDATE`)
  const blocked = Array.from({ length: 20 }, () =>
    hasty.append('locked-1', [happened()]).catch((error: unknown) => error),
  )
  let haveFailed = false
  void Promise.any(blocked).then(() => {
    haveFailed = true
  })
  for (let n = 0; n < 20; n++) await hasty.append('free-1', [happened()])
  await hasty.readLog()
  expect(haveFailed).toBe(false)
  for (const error of await Promise.all(blocked)) expect(error).toMatchObject({ code: 'lock-timeout' })
  await holder.query('ROLLBACK')
  expect(await hasty.append('locked-1', [happened()])).toMatchObject({ version: 2 })
})

test('a deadlock with the transaction of somebody else is tried again', async () => {
  await store.append('dead-1', [happened()])
  await store.append('dead-2', [happened()])
  const client = await database.connect()
  await client.query(`BEGIN; SET LOCAL deadlock_timeout = '60s'`)
  await store.append('dead-2', [happened()], { transaction: client })
  const both = store.appendAll(['dead-1', 'dead-2'].map((stream) => ({ stream, events: [happened()] })))
  await until(() => database.value(`SELECT count(*) > 0 FROM pg_locks WHERE NOT granted`))
  const mine = store.append('dead-1', [happened()], { transaction: client })
  await mine
  await client.query('COMMIT')
  expect(await both).toMatchObject([{ version: 3 }, { version: 3 }])
})

test('hostile text is data', async () => {
  const hostile = `x-'; DROP SCHEMA eventfold; -- " \\ { } , NULL $1 ü`
  await store.append(hostile, [
    {
      type: hostile,
      data: { [hostile]: hostile },
      metadata: { actor: hostile },
      tags: [hostile, 'NULL', '{}'],
    },
    { type: 'NULL', data: null, tags: ['"'] },
  ])
  const [event, second] = await store.readStream(hostile)
  expect(event).toMatchObject({ type: hostile, data: { [hostile]: hostile }, tags: [hostile, 'NULL', '{}'] })
  expect(second).toMatchObject({ type: 'NULL', data: null, metadata: {}, tags: ['"'] })
  for (const filter of [
    { stream: hostile },
    { types: [hostile] },
    { tags: [hostile] },
    { tags: ['NULL', hostile] },
  ]) {
    expect((await store.readLog(filter)).events.map(({ id }) => id)).toContain(event?.id)
  }
})

test('stored text is the text of the codec, and other text than JSON is refused', async () => {
  const spaced = await database.open({
    codec: { encode: (value) => ` { "n" : 1.0, "n": ${value} } `, decode: (text) => text },
  })
  await spaced.append('spaced-1', [{ type: 'T', data: 2 }])
  expect((await spaced.readStream('spaced-1'))[0]?.data).toBe(' { "n" : 1.0, "n": 2 } ')
  const binary = await database.open({ codec: { encode: () => 'not json', decode: (text) => text } })
  const append = binary.append('binary-1', [{ type: 'T', data: 2 }])
  await expect(append).rejects.toMatchObject({ code: 'not-json' })
})

test('every character of the text of a codec comes back', async () => {
  const verbatim = await database.open({
    codec: { encode: (value) => String(value), decode: (text) => text },
  })
  const texts = [
    '"\\\\ \\" \\n"',
    ' {\n\t"a" :\r 1} ',
    '"\u007f\u2028 ü 😀 NULL {}"',
    '"\ud83d\ude00\\ud800"',
  ]
  await verbatim.append(
    'text-1',
    texts.map((data) => ({ type: 'T', data })),
  )
  await verbatim.append('text-1', [{ type: 'T', data: texts[1] }])
  expect((await verbatim.readStream('text-1')).map(({ data }) => data)).toEqual([...texts, texts[1]])
})

test('a full disk is a typed error, stores no part of an append or a transaction, and is overcome', async () => {
  const full = await database.open({ schema: 'full' })
  await full.append('full-1', [happened()])
  await database.pool.query(`
    CREATE FUNCTION "full".run_out() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER run_out BEFORE INSERT ON "full".events FOR EACH ROW WHEN (NEW.type = 'Large')
      EXECUTE FUNCTION "full".run_out()`)
  const large = [happened(), { type: 'Large', data: null }]
  const outcomes = await Promise.allSettled([
    full.append('full-1', large),
    full.append('full-2', [happened()]),
    full.append('full-3', large.slice(1)),
    full.transaction(async (transaction) => {
      await full.append('full-4', [happened()], { transaction })
      await full.append('full-4', large, { transaction })
    }),
  ])
  const refused = { reason: { code: 'storage-full', retryable: true } }
  expect(outcomes).toMatchObject([refused, { status: 'fulfilled' }, refused, refused])
  expect((await full.readLog()).events.map(({ stream }) => stream)).toEqual(['full-1', 'full-2'])
  await database.pool.query('DROP TRIGGER run_out ON "full".events')
  expect(await full.append('full-1', large, { expected: 1 })).toMatchObject({ version: 3 })
})

test('the pool of the user keeps its type parsers and stays open', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  pool.on('connect', (client) => client.setTypeParser(20, () => 'mine'))
  const guest = await database.open({ pool, schema: 'guest' })
  await guest.append('account-1', [happened()])
  expect(await guest.head()).toBe(1)
  await guest.close()
  expect((await pool.query('SELECT 1::bigint AS n')).rows).toEqual([{ n: 'mine' }])
  expect(pool.listenerCount('error')).toBe(0)
  await pool.end()
})
