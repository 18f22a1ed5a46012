import { createServer } from 'node:net'
import { Consumer } from '@eventfold/core'
import { createDatabase } from '@eventfold/local-postgres'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { Connections } from '../src/connections.ts'
import { openPostgres } from '../src/index.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)

beforeEach(() => {
  process.on('uncaughtException', note).on('unhandledRejection', note)
})

afterEach(() => {
  process.off('uncaughtException', note).off('unhandledRejection', note)
  expect(uncaught).toEqual([])
})

const terminate = (condition: string) =>
  database.value(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE ${condition}`)

const connectionsOf = (applicationName: string) =>
  database.value(`SELECT count(*) FROM pg_stat_activity WHERE application_name = '${applicationName}'`)

describe('settings of the role or the database', () => {
  const settings = [
    ['default_transaction_isolation', 'serializable'],
    ['array_nulls', 'off'],
    ['extra_float_digits', '-15'],
  ] as const

  const spoil = async () => {
    const spoiled = await createDatabase(inject('postgresUrl'))
    const name = new URL(spoiled.url).pathname.slice(1)
    for (const [setting, value] of settings) {
      await database.pool.query(`ALTER DATABASE "${name}" SET ${setting} = '${value}'`)
    }
    return spoiled
  }

  test('that its statements cannot do with are set on connections of its own', async () => {
    const { url, drop } = await spoil()
    const store = await openPostgres({ connectionString: url })
    await store.append('a-1', [happened()])
    const consumer = new Consumer(store, 'test', { handle: () => {} })
    await consumer.start()
    await consumer.waitFor(1)
    await consumer.stop()
    const { events } = await store.readLog()
    expect(Math.abs(Date.now() - Number(events[0]?.recordedAt.getTime()))).toBeLessThan(20_000)
    await store.close()
    await drop()
  })

  test('are refused on those of a pool, with the remedy', async () => {
    const { url, drop } = await spoil()
    let options = ''
    for (const [setting] of settings) {
      const pool = new pg.Pool({ connectionString: url, options })
      pool.on('error', () => {})
      const refused: unknown = await openPostgres({ pool }).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'unsupported-database' })
      const message = String(refused)
      expect(message).toContain(`${setting} =`)
      // As it is written in a program.
      options += ` ${/options: '(.*)'/.exec(message)?.[1]?.replaceAll('\\\\', '\\')}`
      await pool.end()
    }
    const pool = new pg.Pool({ connectionString: url, options })
    // The database goes while its connections still close.
    pool.on('error', () => {})
    const store = await openPostgres({ pool })
    await store.append('a-1', [happened()])
    expect((await store.readLog()).events).toHaveLength(1)
    await store.close()
    await pool.end()
    await drop()
  })
})

describe('killed connections', () => {
  test('that were idle are replaced', async () => {
    const store = await database.open({ applicationName: 'idle' })
    const stop = await store.onAppend(() => {})
    for (let time = 0; time < 5; time++) {
      await Promise.all([store.append(`idle-${time}`, [happened()]), store.readLog(), store.head()])
      await terminate(`application_name = 'idle'`)
    }
    expect(await store.readStream('idle-4')).toHaveLength(1)
    await stop()
  })

  test('that were busy fail typed, and the append is repeated and stored once', async () => {
    const store = await database.open({ applicationName: 'busy' })
    await store.append('busy-1', [happened()])
    const holder = await database.connect()
    await holder.query(`BEGIN; SELECT FROM eventfold.streams WHERE stream = 'busy-1' FOR UPDATE`)
    const append = store.append('busy-1', [happened()])
    const reading = store
      .transaction((client) => client.query('SELECT pg_sleep(20)'))
      .catch((error: unknown) => error)
    await until(() =>
      database.value(`SELECT count(*) >= 2 FROM pg_stat_activity
      WHERE application_name = 'busy' AND wait_event_type IN ('Lock', 'Timeout')`),
    )
    await terminate(`application_name = 'busy'`)
    expect(await reading).toBeInstanceOf(Error)
    await holder.query('ROLLBACK')
    expect(await append).toMatchObject({ version: 2 })
    expect(await store.readStream('busy-1')).toHaveLength(2)
  })

  test('of an idle pool of the user do not end the process', async () => {
    const pool = new pg.Pool({ connectionString: database.url, application_name: 'users' })
    const store = await database.open({ pool })
    await store.append('users-1', [happened()])
    // Again and again, since one that is just being opened is not found.
    await until(async () => {
      await terminate(`application_name = 'users'`)
      return pool.totalCount === 0
    })
    await store.append('users-1', [happened()])
    await store.close()
    await pool.end()
  })

  test('while a transaction of the store is open reject it', async () => {
    const store = await database.open({ applicationName: 'owned' })
    const work = store.transaction(async (transaction) => {
      await store.append('owned-1', [happened()], { transaction })
      await terminate(`application_name = 'owned'`)
      await store.append('owned-1', [happened()], { transaction })
    })
    await expect(work).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
    expect(await store.streamInfo('owned-1')).toBeUndefined()
  })
})

describe('a lost reply', () => {
  test('is repeated with the same ids, which stores one copy', async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const store = await openPostgres({ connectionString: url.href, listen: false })
    await store.append('lost-1', [happened()])
    proxy.dropReplyTo('needle-1')
    const one = await store.append('lost-1', [{ type: 'Needle', data: 'needle-1' }], { expected: 1 })
    expect(one).toMatchObject({ version: 2, duplicate: true })
    proxy.dropReplyTo('needle-2')
    const group = await Promise.all(
      [1, 2, 3].map((n) => store.append(`lost-${n}`, [{ type: 'Needle', data: 'needle-2' }])),
    )
    expect(group).toMatchObject([{ version: 3, duplicate: true }, { duplicate: true }, { duplicate: true }])
    expect(await store.readStream('lost-1')).toHaveLength(3)
    await store.close()
    proxy.close()
  })

  test('without a retry tells that the outcome is unknown', async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const store = await openPostgres({ connectionString: url.href, listen: false, retries: 0 })
    proxy.dropReplyTo('needle-3')
    const append = store.append('lost-9', [{ type: 'Needle', data: 'needle-3' }])
    await expect(append).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
    expect(await store.streamInfo('lost-9')).toMatchObject({ version: 1 })
    await store.close()
    proxy.close()
  })
})

test('a server that cannot be reached has stored nothing', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const opening = openPostgres({ connectionString: `postgres://nobody@127.0.0.1:${port}/none` })
  await expect(opening).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
})

describe('time-outs', () => {
  test('are those of the server, on every connection, and end the statement there', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 2 })
    for (const options of [{ pool }, {}]) {
      const store = await database.open({ ...options, statementTimeout: 200, lockTimeout: 100 })
      const settings = await store.transaction(async (client) => {
        const { rows } = await client.query(`SELECT current_setting('statement_timeout') AS statement,
          current_setting('lock_timeout') AS lock`)
        return rows[0]
      })
      expect(settings).toEqual({ statement: '200ms', lock: '100ms' })
      const sleeping = store.transaction((client) => client.query('SELECT pg_sleep(20)'))
      await expect(sleeping).rejects.toMatchObject({ code: '57014' })
      expect(
        await database.value(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%'
        AND state = 'active' AND pid <> pg_backend_pid()`),
      ).toBe('0')
      await store.close()
    }
    await pool.end()
  })

  test('of 0 leave what the server has', async () => {
    const store = await database.open({ statementTimeout: 0, lockTimeout: 0 })
    const lock = await store.transaction(async (client) => (await client.query('SHOW lock_timeout')).rows)
    expect(lock).toEqual([{ lock_timeout: '0' }])
    await store.append('patient-1', [happened()])
    const holder = await database.connect()
    await holder.query(`BEGIN; SELECT FROM eventfold.streams WHERE stream = 'patient-1' FOR UPDATE`)
    const append = store.append('patient-1', [happened()])
    await until(() => database.value('SELECT count(*) > 0 FROM pg_locks WHERE NOT granted'))
    await holder.query('ROLLBACK')
    expect(await append).toMatchObject({ version: 2 })
  })
})

describe('closing', () => {
  test('waits for the calls under way, ends every connection, and refuses later calls', async () => {
    const store = await database.open({ applicationName: 'closing' })
    await store.onAppend(() => {})
    const underWay = [
      store.append('closing-1', [happened()]),
      store.transaction(async (transaction) => {
        await transaction.query('SELECT pg_sleep(0.05)')
        await store.append('closing-2', [happened()], { transaction })
      }),
      store.readLog(),
    ]
    await Promise.all([store.close(), store.close()])
    await Promise.all(underWay)
    await until(async () => (await connectionsOf('closing')) === '0')
    for (const call of [
      () => store.append('closing-1', [happened()]),
      () => store.readStream('closing-1'),
      () => store.readLog(),
      () => store.head(),
      () => store.onAppend(() => {}),
      () => store.transaction(async () => {}),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'store-closed' })
    }
    await store.close()
  })

  test('also works while the server is gone', async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const store = await openPostgres({ connectionString: url.href, retries: 0 })
    await store.onAppend(() => {})
    proxy.close()
    await expect(store.head()).rejects.toMatchObject({ code: 'store-unavailable' })
    await store.close()
  })
})

test('a pool of which no client becomes free is an error, also where the pool would wait for ever', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const limits = { statementTimeout: 0, lockTimeout: 0, clientTimeout: 20 }
  const connections = new Connections({ pool, owned: false, ...limits })
  const waiting = connections.use((held) => {
    expect(held).toBeDefined()
    return connections.use(async () => 'never')
  })
  await expect(waiting).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
  expect(await connections.use(async () => 'free again')).toBe('free again')
  await until(() => pool.idleCount === 1)
  await connections.end()
  await pool.end()
})

test('a read that took long to fail is not begun again', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const limits = { statementTimeout: 0, lockTimeout: 0, clientTimeout: 1_100 }
  const connections = new Connections({ pool, owned: false, ...limits })
  const connect = vi.spyOn(pool, 'connect')
  await connections.use(async () => {
    const waiting = connections.read(async () => 'never')
    await expect(waiting).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'not-stored' })
  })
  expect(connect).toHaveBeenCalledTimes(2)
  await connections.end()
  await pool.end()
})

test('prepared statements that somebody has discarded are prepared anew, on another connection', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const store = await database.open({ pool })
  await store.append('discarded-1', [happened()])
  for (const sql of ['DISCARD ALL', 'DEALLOCATE ALL']) {
    await pool.query(sql)
    await store.append('discarded-1', [happened()])
    await pool.query(sql)
    await store.readStream('discarded-1')
    await pool.query(sql)
    await expect(store.readLog({ stream: 'discarded-1' })).resolves.toBeDefined()
  }
  expect(await store.readStream('discarded-1')).toHaveLength(3)
  await store.close()
  await pool.end()
})

test.each(['BEGIN', 'BEGIN; SELECT 1 / 0'])(
  'a client of the pool that was released after %s is not used, so nothing is lost with its transaction',
  async (sql) => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    pool.on('error', () => {})
    const logger = { warn: vi.fn() }
    const store = await database.open({ pool, schema: 'left_open', logger })
    const { version, position } = await store.append('left-1', [happened()])
    const client = await pool.connect()
    await client.query(sql).catch(() => {})
    client.release()
    await store.append('left-1', [happened()])
    await pool.query('ROLLBACK')
    expect(await store.readStream('left-1', { from: version + 1 })).toHaveLength(1)
    expect(logger.warn).toHaveBeenCalledOnce()
    const left = await pool.connect()
    await left.query(sql).catch(() => {})
    left.release()
    expect((await store.readLog({ after: position })).events).toHaveLength(1)
    expect(logger.warn).toHaveBeenCalledTimes(2)
    await store.close()
    await pool.end()
  },
)

test('a client of the pool that was released while its connection broke is not used', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  pool.on('error', () => {})
  const store = await database.open({ pool })
  const { stream } = await store.append('broken-1', [happened()])
  for (let round = 0; round < 20; round++) {
    const client = await pool.connect()
    client.on('error', () => {})
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => {})
    client.release()
    expect(await store.readStream(stream)).toHaveLength(1)
  }
  await store.close()
  await pool.end()
})

test('an exhausted pool does not keep wake-ups from arriving', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const listening = await database.open({ pool, pollInterval: 60_000 })
  let wakeUps = 0
  const stop = await listening.onAppend(() => void wakeUps++)
  const taken = await pool.connect()
  const before = wakeUps
  const other = await database.open()
  await other.append('exhausted-1', [happened()])
  await until(() => wakeUps > before)
  taken.release()
  await stop()
  await listening.close()
  await pool.end()
})

test('a client that is left for the next append is not lost to one that waits for a place in the pool', async () => {
  const pool = new pg.Pool({ connectionString: database.url, application_name: 'places' })
  pool.on('error', () => {})
  const store = await database.open({ pool })
  await store.append('places-1', [happened()])
  const both = Promise.withResolvers<void>()
  let open = 0
  const transaction = () =>
    store.transaction(() => (++open === 2 ? both.resolve() : both.promise) as Promise<void>)
  await Promise.all([transaction(), transaction()])
  const holder = await database.connect()
  await holder.query(`BEGIN; SELECT FROM eventfold.streams WHERE stream = 'places-1' FOR UPDATE`)
  const slow = store.append('places-1', [happened()])
  await until(() =>
    database.value(`SELECT count(*) = 1 FROM pg_stat_activity
    WHERE application_name = 'places' AND wait_event_type = 'Lock'`),
  )
  const { promise: asked, resolve: ask } = Promise.withResolvers<() => void>()
  const connect = pool.connect.bind(pool) as (callback: (...answer: unknown[]) => void) => void
  pool.connect = ((callback: (...answer: unknown[]) => void) => {
    // The first only: a NOTIFY may want a client as well.
    pool.connect = connect as typeof pool.connect
    connect((...answer) => ask(() => callback(...answer)))
  }) as typeof pool.connect
  const quick = store.append('places-2', [happened()])
  const answer = await asked
  // In the same turn in which the slow one leaves its client.
  const answered = slow.then(answer)
  await holder.query('ROLLBACK')
  await Promise.all([answered, quick])
  await store.close()
  await until(() => pool.idleCount === pool.totalCount)
  await pool.end()
})
