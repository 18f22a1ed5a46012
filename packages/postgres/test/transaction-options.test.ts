import type { DocumentAdapter } from '@eventfold/core/adapter'
import pg from 'pg'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { happened, partsOf, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)
let store: PostgresStore
let documents: DocumentAdapter<pg.ClientBase>

beforeAll(async () => {
  store = await database.open({ applicationName: 'aborting' })
  documents = partsOf(store).documents
})

beforeEach(() => {
  process.on('uncaughtException', note).on('unhandledRejection', note)
})

afterEach(() => {
  process.off('uncaughtException', note).off('unhandledRejection', note)
  expect(uncaught).toEqual([])
})

const reason = new Error('enough')
const write = (key: string) => [{ collection: 'c', key, data: 'data' }]
const show = async (client: pg.ClientBase, setting: string) =>
  (await client.query(`SELECT current_setting('${setting}') AS value`)).rows[0].value
const running = (query: string) =>
  database.value(
    `SELECT count(*) > 0 FROM pg_stat_activity
    WHERE application_name = 'aborting' AND state = 'active' AND query LIKE $1`,
    [query],
  )

test('not to wait for the disk is a matter of one commit, and of none with events that others may have read', async () => {
  await database.pool.query(`
    CREATE TABLE touched (n int);
    CREATE TABLE commits (setting text);
    CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO commits VALUES (current_setting('synchronous_commit'));
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT ON touched DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION note_commit()`)
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const single = await database.open({ pool })
  const other = await database.open({ schema: 'other' })
  const touch = (client: pg.ClientBase) => client.query('INSERT INTO touched VALUES (1)')
  const appendTo = (target: PostgresStore) => async (transaction: pg.ClientBase) => {
    await touch(transaction)
    await target.append('read-1', [happened()], { transaction })
  }
  const { adapter } = single
  await adapter.transaction(touch)
  await adapter.transaction(touch, { durable: false })
  await adapter.transaction(touch, { durable: true })
  await adapter.transaction(appendTo(single), { durable: false })
  await adapter.transaction(appendTo(other), { durable: false })
  const { rows } = await pool.query('SELECT setting FROM commits')
  expect(rows.map(({ setting }) => setting)).toEqual(['on', 'off', 'on', 'on', 'on'])
  await single.close()
  await pool.end()
})

test('a transaction that has failed unnoticed is told to be rolled back, whether it waits for the disk or not', async () => {
  for (const durable of [true, false]) {
    const work = store.adapter.transaction(
      async (client) => {
        await client.query('SELECT * FROM nowhere').catch(() => {})
      },
      { durable },
    )
    await expect(work).rejects.toMatchObject({ code: 'store-failure' })
  }
  expect(await show(await database.connect(), 'synchronous_commit')).toBe('on')
})

describe('what became of a transaction is waited for', () => {
  const openBehindProxy = async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const behind = await database.open({ connectionString: url.href })
    return { proxy, behind }
  }

  test.each([true, false])('where a statement has failed unnoticed, durable: %s', async (durable) => {
    const { proxy, behind } = await openBehindProxy()
    const work = behind.adapter.transaction(
      async (client) => {
        const held = proxy.holdEndOfReplyTo('nowhere')
        await client.query('SELECT * FROM nowhere').catch(() => {})
        setImmediate(() => held.arrived.then(held.release))
      },
      { durable },
    )
    await expect(work).rejects.toMatchObject({ code: 'store-failure' })
    await behind.append('after-1', [happened()])
    await behind.close()
    proxy.close()
  })

  test('where the work has ended it itself, and failed', async () => {
    await database.pool.query(
      'CREATE TABLE parents (n int PRIMARY KEY); CREATE TABLE children (n int REFERENCES parents INITIALLY DEFERRED)',
    )
    const { proxy, behind } = await openBehindProxy()
    const work = behind.adapter.transaction(async (client) => {
      await client.query('INSERT INTO children VALUES (1)')
      const held = proxy.holdEndOfReplyTo('COMMIT')
      await client.query('COMMIT').catch(() => {})
      setImmediate(() => held.arrived.then(held.release))
    })
    await expect(work).rejects.toMatchObject({ code: 'invalid-transaction' })
    await behind.close()
    proxy.close()
  })

  test('where BEGIN has not been answered yet', async () => {
    const client = await database.connect()
    const begun = client.query('BEGIN')
    const { version } = await store.append('begun-1', [happened()], { transaction: client })
    await begun
    await client.query('ROLLBACK')
    expect(version).toBe(1)
    expect(await store.readStream('begun-1')).toEqual([])
  })
})

test('a transaction that stands still is ended by the server, and its locks with it', async () => {
  const { adapter } = store
  const outcome = adapter.transaction(
    async (client) => {
      await documents.write(write('idle'), client)
      // Whoever waits for the row gets it while this transaction still stands.
      await documents.write([{ ...write('idle')[0], collection: 'c', key: 'idle', data: 'other' }])
      await documents.write(write('late'), client)
    },
    { idleTimeout: 50 },
  )
  await expect(outcome).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
  const [idle, late] = await documents.read([
    { collection: 'c', key: 'idle' },
    { collection: 'c', key: 'late' },
  ])
  expect([idle, late]).toEqual(['other', undefined])
})

test('what the driver says of the store, the work does not answer for', async () => {
  const { adapter } = store
  const lost = adapter.transaction(async (client) => {
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())')
  })
  await expect(lost).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
  const wrong = adapter.transaction(async (client) => {
    await client.query('SELECT * FROM nowhere')
  })
  await expect(wrong).rejects.toMatchObject({ code: '42P01' })
})

describe('a signal that aborts', () => {
  test('during a statement ends it on the server, and frees its locks', async () => {
    const controller = new AbortController()
    let client: pg.ClientBase | undefined
    const work = store.adapter.transaction(
      async (transaction) => {
        client = transaction
        await documents.write(write('held'), transaction)
        await store.append('held-1', [happened()], { transaction })
        await transaction.query('SELECT pg_sleep(600)')
      },
      { signal: controller.signal },
    )
    const outcome = expect(work).rejects.toBe(reason)
    await until(() => running('%pg_sleep(600)%'))
    controller.abort(reason)
    await outcome
    await expect(client?.query('SELECT 1')).rejects.toThrow()
    // Each would wait for longer than a lock may take.
    await documents.write([{ collection: 'c', key: 'held', data: 'new', expected: null }])
    expect(await store.append('held-1', [happened()], { expected: 'no-stream' })).toMatchObject({
      version: 1,
    })
    await until(async () => !(await running('%pg_sleep(600)%')))
  })

  test('during a wait for a lock ends that', async () => {
    const holder = await database.connect()
    await holder.query('BEGIN')
    await documents.write(write('waited-for'), holder)
    const controller = new AbortController()
    const work = store.adapter.transaction(
      async (transaction) => {
        await documents.write(write('also-held'), transaction)
        await documents.write(write('waited-for'), transaction)
      },
      { signal: controller.signal },
    )
    const outcome = expect(work).rejects.toBe(reason)
    await until(() => database.value('SELECT count(*) > 0 FROM pg_locks WHERE NOT granted'))
    controller.abort(reason)
    await outcome
    await documents.write(write('also-held'))
    await until(() => database.value('SELECT count(*) = 0 FROM pg_locks WHERE NOT granted'))
    await holder.query('ROLLBACK')
    expect(await documents.read([{ collection: 'c', key: 'waited-for' }])).toEqual([undefined])
  })

  test('between statements ends the connection, which the work may go on to use in vain', async () => {
    const controller = new AbortController()
    const aborted = Promise.withResolvers<void>()
    const late = Promise.withResolvers<unknown[]>()
    const work = store.adapter.transaction(
      async (transaction) => {
        await documents.write(write('zombie'), transaction)
        controller.abort(reason)
        await aborted.promise
        const calls = [
          transaction.query('SELECT 1'),
          transaction.query('COMMIT'),
          documents.write(write('zombie'), transaction),
          store.append('zombie-1', [happened()], { transaction }),
          partsOf(store).sql.run('SELECT 1', transaction),
        ]
        const outcomes = await Promise.allSettled(calls)
        late.resolve(
          outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason.code ?? 'closed')),
        )
        throw new Error('nobody hears this')
      },
      { signal: controller.signal },
    )
    await expect(work).rejects.toBe(reason)
    aborted.resolve()
    const refused = 'invalid-transaction'
    expect(await late.promise).toEqual(['closed', 'closed', refused, refused, refused])
    expect(await documents.read([{ collection: 'c', key: 'zombie' }])).toEqual([undefined])
    expect(await store.streamInfo('zombie-1')).toBeUndefined()
  })

  test('once the commit was sent comes too late', async () => {
    const client = await database.connect()
    await client.query(`
      CREATE TABLE slow (n integer);
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow();
      SELECT pg_advisory_lock(42)`)
    const controller = new AbortController()
    const work = store.adapter.transaction(
      async (transaction) => {
        await transaction.query('INSERT INTO slow VALUES (1)')
        return 'done'
      },
      { signal: controller.signal },
    )
    await until(() => running('COMMIT'))
    controller.abort(reason)
    await client.query('SELECT pg_advisory_unlock(42)')
    expect(await work).toBe('done')
    expect(await database.value('SELECT count(*) FROM slow')).toBe('1')
  })

  test('before it began, or while it waits for a connection, takes none', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    const single = await database.open({ pool, listen: false })
    let acquired = 0
    pool.on('acquire', () => acquired++)
    let begun = 0
    const begin = (signal: AbortSignal) => single.adapter.transaction(async () => void begun++, { signal })
    await expect(begin(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(acquired).toBe(0)
    const taken = await pool.connect()
    const controller = new AbortController()
    const waiting = begin(controller.signal)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    taken.release()
    await single.head()
    // Until then its client stays with who asks next.
    await new Promise(setImmediate)
    expect([begun, pool.totalCount, pool.idleCount]).toEqual([0, 1, 1])
    await single.close()
    await pool.end()
  })

  test('leaves the place in the pool to the next, again and again', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 2 })
    const small = await database.open({ pool })
    for (let time = 0; time < 10; time++) {
      const controller = new AbortController()
      const statement = time % 2 === 0 ? 'SELECT pg_sleep(600)' : 'SELECT 1'
      const work = small.adapter.transaction(
        async (transaction) => {
          const query = transaction.query(statement)
          if (time % 4 < 2) await transaction.query('SELECT 1').catch(() => {})
          controller.abort(reason)
          await query
        },
        { signal: AbortSignal.any([controller.signal, AbortSignal.timeout(20)]) },
      )
      await expect(work).rejects.toBeInstanceOf(Error)
    }
    expect(await small.adapter.transaction(async () => 'done')).toBe('done')
    await small.close()
    await pool.end()
    await until(() =>
      database.value(`SELECT count(*) = 0 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)'`),
    )
  })
})
