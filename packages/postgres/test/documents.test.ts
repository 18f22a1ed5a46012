import type { DocumentAdapter, DocumentWrite } from '@eventfold/core/adapter'
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, partsOf, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
let store: PostgresStore
let documents: DocumentAdapter<pg.ClientBase>

beforeAll(async () => {
  store = await database.open()
  documents = partsOf(store).documents
})

const put = (key: string, data: string, rest: Partial<DocumentWrite> = {}): DocumentWrite => ({
  collection: 'c',
  key,
  data,
  ...rest,
})
const reference = (key: string) => ({ collection: 'c', key })
const read = async (key: string) => (await documents.read([reference(key)]))[0]
const someoneWaits = () => database.value('SELECT count(*) > 0 FROM pg_locks WHERE NOT granted')

describe('a write that does not wait for the disk', () => {
  test('leaves the connection as it was, and a transaction of the caller as it is', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    const single = await database.open({ pool })
    const { documents } = partsOf(single)
    await database.pool.query(`
      CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO noted VALUES (NEW.key, current_setting('synchronous_commit'));
        RETURN NULL;
      END $$;
      CREATE TABLE noted (key text, mode text);
      CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT OR UPDATE ON "eventfold".documents
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_commit()`)
    const unsynced = { durable: false }
    await documents.write([put('alone', '1')], undefined, unsynced)
    await documents.write([put('fenced', '1', { expected: null })], undefined, unsynced)
    await documents.write([put('x', '1', { expected: null }), put('y', '1', { expected: null })], undefined, {
      durable: false,
    })
    await documents.write([put('synced', '1')])
    const client = await pool.connect()
    await client.query('BEGIN')
    await documents.write([put('within', '1')], client, unsynced)
    await client.query('COMMIT')
    client.release()
    const { rows } = await database.pool.query('SELECT key, mode FROM noted ORDER BY key')
    expect(Object.fromEntries(rows.map(({ key, mode }) => [key, mode]))).toEqual({
      alone: 'off',
      fenced: 'off',
      x: 'off',
      y: 'off',
      synced: 'on',
      within: 'on',
    })
    await database.pool.query('DROP FUNCTION note_commit CASCADE')
    await single.close()
    await pool.end()
  })
})

describe('in the transaction of the caller', () => {
  test('documents are stored when it commits, and with it', async () => {
    const client = await database.connect()
    await client.query('BEGIN')
    await documents.write([put('own', '1')], client)
    await store.append('own-1', [happened()], { transaction: client })
    expect(await documents.read([reference('own')], { transaction: client, lock: true })).toEqual(['1'])
    expect(await read('own')).toBeUndefined()
    await client.query('COMMIT')
    expect(await read('own')).toBe('1')
  })

  test('a conflict leaves it usable', async () => {
    await documents.write([put('usable', '1')])
    const client = await database.connect()
    await client.query('BEGIN')
    const stale = documents.write([put('usable', '2', { expected: '0' }), put('beside', '2')], client)
    await expect(stale).rejects.toMatchObject({ code: 'document-conflict', collection: 'c', key: 'usable' })
    await documents.write([put('usable', '2', { expected: '1' })], client)
    await client.query('COMMIT')
    expect(await documents.read([reference('usable'), reference('beside')])).toEqual(['2', undefined])
  })

  test('no open transaction is refused', async () => {
    const client = await database.connect()
    const write = documents.write([put('none', '1')], client)
    await expect(write).rejects.toMatchObject({ code: 'invalid-transaction' })
    expect(await read('none')).toBeUndefined()
  })

  test('a snapshot that is too old to compare with is an error, not a lost update', async () => {
    await documents.write([put('old', '1')])
    const client = await database.connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    expect(await documents.read([reference('old')], { transaction: client })).toEqual(['1'])
    await documents.write([put('old', '2')])
    const write = documents.write([put('old', '3', { expected: '1' })], client)
    await expect(write).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
    await client.query('ROLLBACK')
    expect(await read('old')).toBe('2')
  })
})

describe('a fence', () => {
  test.each([
    ['COMMIT', 'document-conflict'],
    ['ROLLBACK', undefined],
  ])('waits for the transaction that moves it, and is compared after its %s', async (end, code) => {
    for (const [key, expected] of [
      [`moved-${end}`, '1'],
      [`made-${end}`, null],
    ] as const) {
      if (expected !== null) await documents.write([put(key, expected)])
      const first = await database.connect()
      await first.query('BEGIN')
      await documents.write([put(key, 'first', { expected })], first)
      const second = documents
        .write([put(key, 'second', { expected }), put(`${key}-applied`, 'second')])
        .catch((error: { readonly code: string }) => error.code)
      await until(someoneWaits)
      await first.query(end)
      expect(await second).toBe(code)
      const texts = await documents.read([reference(key), reference(`${key}-applied`)])
      expect(texts).toEqual(end === 'COMMIT' ? ['first', undefined] : ['second', 'second'])
    }
  })

  test('of a document that is removed meanwhile conflicts', async () => {
    await documents.write([put('removed', '1')])
    const first = await database.connect()
    await first.query('BEGIN')
    await documents.write([{ ...reference('removed'), data: undefined, expected: '1' }], first)
    const second = documents.write([put('removed', '2', { expected: '1' })])
    const outcome = expect(second).rejects.toMatchObject({ code: 'document-conflict' })
    await until(someoneWaits)
    await first.query('COMMIT')
    await outcome
    expect(await read('removed')).toBeUndefined()
  })
})

test('fields are those of the last writer, also of writers that waited for each other', async () => {
  const field = (name: string, value: string) => ({ fields: [{ field: name, value }] })
  await documents.write([put('fields', '1', field('a', 'x'))])
  const first = await database.connect()
  await first.query('BEGIN')
  await documents.write([put('fields', '2', field('b', 'y'))], first)
  const second = documents.write([put('fields', '3', field('a', 'x'))])
  await until(someoneWaits)
  await first.query('COMMIT')
  await second
  const rows = await database.pool.query(
    `SELECT field, value FROM eventfold.document_fields WHERE key = 'fields'`,
  )
  expect(rows.rows).toEqual([{ field: 'a', value: 'x' }])
})

test('a collection that is cleared beside a writer leaves no field without its document', async () => {
  const fields = [{ field: 'f', value: 'v' }]
  const write = (key: string) => ({ collection: 'cleared', key, data: '1', fields })
  await documents.write([write('1')])
  const first = await database.connect()
  await first.query('BEGIN')
  await documents.write([write('1'), write('2')], first)
  const clearing = documents.clear('cleared')
  await until(someoneWaits)
  await first.query('COMMIT')
  await clearing
  expect(await documents.count('cleared', [])).toBe(1)
  expect(await documents.count('cleared', [{ field: 'f' }])).toBe(1)
})

test('locks of readers are taken in one order, whatever is asked for', async () => {
  const keys = ['1', '2', '3', '4', '5']
  await documents.write(keys.map((key) => put(`locked-${key}`, '0')))
  const stores = [store, await database.open()]
  const add = async (from: PostgresStore, order: readonly string[]) => {
    const references = order.map((key) => reference(`locked-${key}`))
    await from.transaction(async (transaction) => {
      const texts = await partsOf(from).documents.read(references, { transaction, lock: true })
      const writes = references.map(({ key }, index) => put(key, `${Number(texts[index]) + 1}`))
      await partsOf(from).documents.write(writes, transaction)
    })
  }
  const orders = keys.flatMap((_, turn) => {
    const turned = [...keys.slice(turn), ...keys.slice(0, turn)]
    return [turned, turned.toReversed()]
  })
  await Promise.all(
    orders.flatMap((order, index) => [1, 2, 3].map(() => add(stores[index % 2] as PostgresStore, order))),
  )
  expect(await documents.read(keys.map((key) => reference(`locked-${key}`)))).toEqual(
    keys.map(() => `${orders.length * 3}`),
  )
})

test('a connection that is killed in a transaction rejects it typed, and nothing of it is stored', async () => {
  const calls = [
    () => documents.write([put('killed', '2')]),
    (client: pg.ClientBase) => documents.write([put('killed', '2')], client),
    (client: pg.ClientBase) => documents.read([reference('killed')], { transaction: client }),
    (client: pg.ClientBase) => partsOf(store).sql.run('SELECT 1', client),
  ] as const
  for (const call of calls.slice(1)) {
    const work = store.transaction(async (transaction) => {
      await documents.write([put('killed', '1')], transaction)
      const { rows } = await transaction.query('SELECT pg_backend_pid() AS pid')
      await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
      await call(transaction)
    })
    await expect(work).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
  }
  expect(await read('killed')).toBeUndefined()
  await calls[0]()
})

test('calls wait for a connection like all others, and fail typed when there is none', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1, connectionTimeoutMillis: 200 })
  const crowded = await database.open({ pool, listen: false })
  const taken = await pool.connect()
  const { adapter } = crowded
  const parts = partsOf(crowded)
  const calls = [
    () => parts.documents.write([put('crowded', '1')]),
    () => parts.documents.read([reference('crowded')]),
    () => adapter.now(),
    () => parts.sql.run('SELECT 1'),
    () => adapter.transaction(async () => {}),
  ]
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
  }
  const waiting = calls.map((call) => call())
  taken.release()
  await Promise.all(waiting)
  expect(await read('crowded')).toBe('1')
  await crowded.close()
  await pool.end()
})

test('schemas keep their documents apart, also on one connection', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const stores = await Promise.all(['order', 'other'].map((schema) => database.open({ pool, schema })))
  const parts = stores.map((each) => partsOf(each).documents)
  for (const [index, each] of parts.entries()) {
    await each.write([put('apart', `${index}`, { fields: [{ field: 'f', value: 'v' }] })])
  }
  await parts[0]?.clear('c')
  for (const [index, each] of parts.entries()) {
    expect(await each.read([reference('apart')])).toEqual([index === 0 ? undefined : '1'])
    expect(await each.count('c', [{ field: 'f' }])).toBe(index)
  }
  for (const each of stores) await each.close()
  await pool.end()
})

test('what is stored and what is removed in one call are locked in the order of their keys', async () => {
  const gone = (key: string): DocumentWrite => ({ ...reference(key), data: undefined, fields: [] })
  await documents.write([put('mixed-1', '1'), put('mixed-2', '1'), put('mixed-3', '1')])
  const blocker = await database.connect()
  await blocker.query(`BEGIN; SELECT FROM eventfold.documents WHERE key = 'mixed-1' FOR UPDATE`)
  const mixed = documents.write([put('mixed-2', '2'), gone('mixed-1'), gone('mixed-3')])
  await until(someoneWaits)
  const free = await database.pool.query(
    `SELECT key FROM eventfold.documents WHERE key LIKE 'mixed-%' ORDER BY key FOR UPDATE SKIP LOCKED`,
  )
  await blocker.query('ROLLBACK')
  await mixed
  expect(free.rows.map(({ key }) => key)).toEqual(['mixed-2', 'mixed-3'])
  expect([await read('mixed-1'), await read('mixed-2'), await read('mixed-3')]).toEqual([
    undefined,
    '2',
    undefined,
  ])
})

test('a new text stays in the page of the document, and fields that stay are not written', async () => {
  const fields = [{ field: 'owner', value: 'ada' }]
  await documents.write([put('hot', '0', { fields })])
  const counts = async (client: pg.ClientBase) => {
    const { rows } = await client.query(
      `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FILTER (WHERE relname = 'documents') AS documents,
        sum(n_tup_hot_upd) FILTER (WHERE relname = 'documents') AS hot,
        sum(n_tup_ins + n_tup_upd + n_tup_del) FILTER (WHERE relname = 'document_fields') AS fields
      FROM pg_stat_xact_user_tables WHERE schemaname = 'eventfold'`,
    )
    return Object.values(rows[0]).map(Number)
  }
  const { before, after } = await store.transaction(async (transaction) => {
    // It may have something of the transaction before.
    const start = await counts(transaction)
    for (let n = 1; n <= 10; n++) await documents.write([put('hot', `${n}`, { fields })], transaction)
    await documents.write([put('hot', 'fenced', { expected: '10', fields })], transaction)
    return { before: start, after: await counts(transaction) }
  })
  const changed = after.map((count, index) => count - (before[index] as number))
  expect(changed).toEqual([11, 11, 0])
})
