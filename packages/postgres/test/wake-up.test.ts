import type { LogQuery, LogStretch } from '@eventfold/core/adapter'
import { describe, expect, test, vi } from 'vitest'
import { LogWatch } from '../src/log-watch.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
const wholeLog: LogQuery = { after: 0, before: 1_000, backwards: false, limit: 1_000, filter: {} }

describe('a wake-up', () => {
  test('comes from the own process at once and from others by NOTIFY', async () => {
    const writer = await database.open()
    const reader = await database.open({ pollInterval: 60_000 })
    expect(reader.capabilities.wakeUp).toBe('network')
    let own = 0
    let others = 0
    const stops = [await writer.onAppend(() => void own++), await reader.onAppend(() => void others++)]
    const [ownBefore, othersBefore] = [own, others]
    await writer.append('account-1', [happened()])
    await until(() => own > ownBefore && others > othersBefore)
    for (const stop of stops) await stop()
  })

  test('is one for many appends', async () => {
    const client = await database.connect()
    const heard: { readonly channel: string; readonly payload?: string | undefined }[] = []
    client.on('notification', (message) => heard.push(message))
    const schema = 'a'.repeat(40)
    const store = await database.open({ schema })
    await client.query(`LISTEN eventfold_${schema}`)
    const started = Date.now()
    for (let n = 0; n < 10; n++) {
      await Promise.all(Array.from({ length: 100 }, (_, m) => store.append(`many-${m}`, [happened(n)])))
    }
    const milliseconds = Date.now() - started
    await store.close()
    await until(() => heard.length > 0)
    await client.query('SELECT 1')
    expect(heard.length).toBeLessThanOrEqual(2 + milliseconds / 25)
    // The payload tells one sender from another.
    expect(new Set(heard.map(({ channel, payload }) => `${channel} ${payload}`)).size).toBe(1)
    expect(heard[0]).toMatchObject({
      channel: `eventfold_${schema}`,
      payload: expect.stringMatching(/^.{36}$/),
    })
    expect(Buffer.byteLength(heard[0]?.channel ?? '')).toBeLessThanOrEqual(63)
  })

  test('is told to other processes more often where a store listens', async () => {
    const raw = await database.connect()
    let heard = 0
    raw.on('notification', () => void heard++)
    const schema = 'busy'
    const store = await database.open({ schema })
    await raw.query(`LISTEN eventfold_${schema}`)
    const appendUntil = async (condition: () => boolean) => {
      for (let n = 0; !condition(); n++) await store.append(`busy-${n % 7}`, [happened(n)])
    }
    /** Appends without a pause until so many messages are heard, and tells how long that took. */
    const millisecondsOf = async (messages: number) => {
      const [before, start] = [heard, performance.now()]
      await appendUntil(() => heard >= before + messages)
      return performance.now() - start
    }
    // The first is sent before it is known who listens.
    await millisecondsOf(2)
    // A message may be late, but none is early.
    expect(await millisecondsOf(3)).toBeGreaterThan(2 * 250 - 100)
    const other = await database.open({ schema, pollInterval: 60_000 })
    let wakeUps = 0
    const stop = await other.onAppend(() => void wakeUps++)
    const before = wakeUps
    let shortest = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 20 && shortest > 200; tries++) {
      shortest = Math.min(shortest, await millisecondsOf(1))
    }
    expect(shortest).toBeLessThanOrEqual(200)
    await appendUntil(() => wakeUps > before)
    await stop()
  })

  test('is not repeated by the echo of its own message', async () => {
    const store = await database.open({ pollInterval: 60_000 })
    const other = await database.open({ pollInterval: 60_000 })
    const calls: (readonly string[] | undefined)[] = []
    const stop = await store.onAppend(() => {})
    await store.adapter.onAppend((writes) => calls.push(writes?.map(({ stream }) => stream)))
    let others = 0
    await other.onAppend(() => void others++)
    await store.append('echo-1', [happened()])
    const before = others
    // Sent after the message of the append, and heard after its echo.
    await until(() => others > before)
    await other.append('echo-2', [happened()])
    await until(() => calls.at(-1) === undefined)
    expect(calls.filter((streams) => streams !== undefined)).toEqual([['echo-1']])
    await stop()
  })

  test('tells what a lone append has become in the log, where nothing can lie before it', async () => {
    const store = await database.open({ schema: 'told', pollInterval: 60_000 })
    const stretches: (LogStretch | undefined)[] = []
    await store.adapter.onAppend((writes, stretch) => {
      if (writes !== undefined) stretches.push(stretch)
    })
    const read = async (after: number) => (await store.adapter.readLog({ ...wholeLog, after })).events
    const event = { ...happened(1), metadata: { actor: 'ada' } }
    await store.append('told-1', [event])
    await store.append('told-1', [event], { expected: 1 })
    expect(stretches).toEqual([
      { after: 0, events: (await read(0)).slice(0, 1) },
      { after: 1, events: await read(1) },
    ])
    const open = await database.connect()
    await open.query('BEGIN')
    await store.append('held-1', [happened(1)], { transaction: open })
    await store.append('told-2', [happened(1)])
    await open.query('ROLLBACK')
    expect(await store.head()).toBe(4)
    await store.append('told-2', [happened(1)])
    await store.append('told-2', [happened(1), happened(2)])
    expect(stretches.slice(2)).toEqual([
      undefined,
      { after: 4, events: (await read(4)).slice(0, 1) },
      undefined,
    ])
  })

  test('that tells what was appended leaves nothing behind that it withheld', async () => {
    const hurry = vi.spyOn(LogWatch.prototype, 'hurry')
    const options = { schema: 'withheld', pollInterval: 60_000 }
    const [store, other] = [await database.open(options), await database.open(options)]
    const events = store.subscribe()[Symbol.asyncIterator]()
    const first = events.next()
    // Not announced, and far behind: it only keeps the id.
    const open = await database.connect()
    await open.query('BEGIN')
    const id = store.newId()
    await open.query(`INSERT INTO withheld.events (position, stream, version, id, type, schema_version, data)
      VALUES (1000, 'held-1', 1, '${id}', 'Held', 1, '{}')`)
    const append = store.append('own-1', [{ ...happened(1), id }])
    await until(() => database.value(`SELECT is_called FROM withheld.events_position_seq`))
    await other.append('other-1', [happened(2)])
    // A look has come upon it, and the watch goes on to look.
    await until(() => hurry.mock.calls.length > 0)
    await open.query('ROLLBACK')
    await append
    expect((await first).value).toMatchObject({ position: 1 })
    expect((await events.next()).value).toMatchObject({ position: 2 })
    await events.return(undefined)
    hurry.mockRestore()
  })

  test('that tells what was appended spares live readers the look', async () => {
    const store = await database.open({ schema: 'spared', pollInterval: 60_000 })
    const { readLog } = store.adapter
    let reads = 0
    store.adapter.readLog = (query) => {
      reads++
      return readLog.call(store.adapter, query)
    }
    const events = store.subscribe()[Symbol.asyncIterator]()
    let next = events.next()
    await until(() => reads === 1)
    for (let n = 1; n <= 5; n++) {
      await store.append('spared-1', [happened(n)])
      expect((await next).value).toMatchObject({ position: n, version: n, data: { n } })
      next = events.next()
    }
    // Beginning to listen may be one more.
    expect(reads).toBeLessThanOrEqual(2)
    await events.return(undefined)
  })

  test('comes again after the listening connection was killed', async () => {
    const writer = await database.open()
    const reader = await database.open({ pollInterval: 60_000, applicationName: 'listener' })
    await (await reader.onAppend(() => {}))()
    let wakeUps = 0
    const stop = await reader.onAppend(() => void wakeUps++)
    const listeners = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listener' AND query LIKE 'LISTEN%'`
    expect(await database.value(listeners)).toBe('1')
    const before = wakeUps
    await database.value(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE application_name = 'listener' AND query LIKE 'LISTEN%'`)
    // What came meanwhile is not told any more, so the return is a wake-up itself.
    await until(() => wakeUps > before)
    const after = wakeUps
    await writer.append('account-1', [happened()])
    await until(() => wakeUps > after)
    await stop()
    await until(async () => (await database.value(listeners)) === '0')
  })

  test('of others is found by polling where nothing listens', async () => {
    const writer = await database.open()
    const reader = await database.open({ listen: false, pollInterval: 30 })
    expect(reader.capabilities.wakeUp).toBe('process')
    let wakeUps = 0
    const stop = await reader.onAppend(() => void wakeUps++)
    await writer.append('account-1', [happened()])
    await until(() => wakeUps > 0)
    await stop()
  })

  test('comes soon after a withheld event became readable', async () => {
    const store = await database.open({ listen: false, pollInterval: 60_000 })
    const slow = await database.connect()
    await slow.query('BEGIN')
    await store.append('slow-1', [happened()], { transaction: slow })
    let wakeUps = 0
    const stop = await store.onAppend(() => void wakeUps++)
    await store.append('fast-1', [happened()])
    const before = wakeUps
    await slow.query('COMMIT')
    await until(() => wakeUps > before, 2_000)
    await stop()
  })

  test('can come over a connection string of its own', async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const writer = await database.open()
    const reader = await database.open({ listen: { connectionString: url.href }, pollInterval: 60_000 })
    let wakeUps = 0
    const stop = await reader.onAppend(() => void wakeUps++)
    const before = wakeUps
    await writer.append('account-1', [happened()])
    await until(() => wakeUps > before)
    await stop()
    proxy.close()
  })

  test('is not waited for where LISTEN gets no answer, and listening is tried again', async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const writer = await database.open()
    const reader = await database.open({ listen: { connectionString: url.href }, pollInterval: 60_000 })
    const reply = proxy.holdReplyTo('LISTEN')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let wakeUps = 0
    const listening = reader.onAppend(() => void wakeUps++)
    await reply.arrived
    vi.advanceTimersByTime(5_000)
    vi.useRealTimers()
    const stop = await listening
    await until(() => wakeUps > 0, 2_000)
    const before = wakeUps
    await writer.append('account-1', [happened()])
    await until(() => wakeUps > before)
    await stop()
    proxy.close()
  })

  test('comes again after the listening connection has become silent', async () => {
    const proxy = await tcpProxy(new URL(database.url))
    const url = new URL(database.url)
    url.port = String(proxy.port)
    const writer = await database.open()
    const reader = await database.open({ listen: { connectionString: url.href }, pollInterval: 60_000 })
    let wakeUps = 0
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stop = await reader.onAppend(() => void wakeUps++)
    const reply = proxy.holdReplyTo('SELECT 1')
    vi.advanceTimersByTime(10_000)
    await reply.arrived
    const before = wakeUps
    vi.advanceTimersByTime(5_000)
    vi.useRealTimers()
    // What came meanwhile was not told, so the return is a wake-up itself.
    await until(() => wakeUps > before, 2_000)
    const after = wakeUps
    await writer.append('account-1', [happened()])
    await until(() => wakeUps > after)
    await stop()
    proxy.close()
  })

  test('that the process starts before it ends still reaches the others', async () => {
    const reader = await database.open({ pollInterval: 60_000 })
    let wakeUps = 0
    const stop = await reader.onAppend(() => void wakeUps++)
    const before = wakeUps
    const writer = await database.open()
    await writer.append('account-1', [happened()])
    await writer.close()
    await until(() => wakeUps > before)
    await stop()
  })
})
