import {
  type AggregateDefinition,
  commandBus,
  commandQueue,
  defineAggregate,
  defineProjection,
  defineService,
  readModel,
  type StandardSchema,
  service,
  summariseStream,
  truncateStream,
  typeOf,
} from '@eventfold/core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Ordering, PostgresStore } from '../src/index.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()
const one = [happened()]

type Events = { readonly Happened: StandardSchema<{ n: number }> }
const Carried: AggregateDefinition<Events, null, Record<never, never>, unknown> = defineAggregate('carried', {
  initialState: null,
  events: { Happened: typeOf<{ n: number }>() },
  evolve: { Happened: () => null },
})

const Mail = defineService('mail', { commands: { send: typeOf<{ text: string }>() } })

/** Appends to the category `carried` carry it. */
const Count = defineProjection('count', {
  of: [Carried],
  initialState: { n: 0 },
  key: ({ stream }) => stream,
  on: { Happened: ({ n }) => ({ n: n + 1 }) },
})

type Write = (store: PostgresStore, stream: string) => Promise<unknown>

const atVersion: Write = (store, stream) => store.append(stream, one, { expected: 2 })
const atAnyVersion: Write = (store, stream) => store.append(stream, one)
const first: Write = (store, stream) => store.append(`${stream}-new`, one, { expected: 'no-stream' })

/** Where somebody listens, single events are stored by other statements, which tell their time. */
const heard =
  (write: Write): Write =>
  async (store, stream) => {
    const stopListening = await store.adapter.onAppend(() => {})
    await write(store, stream)
    await stopListening()
  }

/** All who lock both tables. The stream has two events. */
const writes: Readonly<Record<string, Write>> = {
  'an event at a version': atVersion,
  'an event at a version that is listened for': heard(atVersion),
  'an event at any version': atAnyVersion,
  'an event at any version that is listened for': heard(atAnyVersion),
  'a first event': first,
  'a first event that is listened for': heard(first),
  'an event of a stream that exists': (store, stream) =>
    store.append(stream, one, { expected: 'stream-exists' }),
  'several events': (store, stream) => store.append(stream, [happened(), happened()]),
  'events of a group': (store, stream) => {
    const streams = ['a', 'b', 'c'].map((name) => `${stream}-${name}`)
    return Promise.all(streams.map((name) => store.append(name, one)))
  },
  'an event within a transaction': (store, stream) =>
    store.transaction((transaction) => store.append(stream, one, { transaction })),
  'an import': async (store, stream) => {
    const event = { type: 'Happened', schemaVersion: 1, data: '{}', metadata: '', tags: [], recordedAt: 1 }
    const position = (await store.head()) + 100
    const imported = { ...event, id: store.newId(), position, stream: `${stream}-imported`, version: 1 }
    await store.adapter.transfer?.importEvents([imported])
  },
  'a removal': (store, stream) => truncateStream(store, stream, { before: 2 }),
  'a summary': (store, stream) => summariseStream(store, stream, happened(), { expected: 2 }),
  'an event that carries a read model': (store, stream) => store.append(`carried-${stream}`, one),
}

// Two who lock them in different orders wait for each other in a circle.
describe.each<Ordering>(['announced', 'exclusive'])('the table of streams, with %s writers,', (ordering) => {
  const schema = `log_${ordering}`

  beforeAll(async () => {
    await database.open({ schema, ordering })
  })

  const openCarrying = async (): Promise<PostgresStore> => {
    const store = await database.open({ schema })
    await readModel(Count, store, { mode: 'inline' }).start()
    return store
  }

  /** The modes in which writers have locked a table, or wait for it: neither readers nor the vacuum. */
  const locksOn = async (table: string, isGranted: boolean): Promise<string[]> => {
    const { rows } = await database.pool.query<{ mode: string }>(
      `SELECT mode FROM pg_locks WHERE relation = $1::regclass AND granted = $2
        AND mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')`,
      [`${schema}.${table}`, isGranted],
    )
    return rows.map(({ mode }) => mode)
  }

  test.each(Object.entries(writes))('is locked first by %s', async (name, write) => {
    const store = await openCarrying()
    const blocker = await database.connect()
    // Postgres locks for a new statement in one order, and for a known one perhaps in another.
    for (const round of [1, 2, 3]) {
      const stream = `thing-${name} ${round}`
      await store.append(stream, [happened(), happened()])
      await blocker.query(`BEGIN; LOCK TABLE ${schema}.streams IN SHARE ROW EXCLUSIVE MODE`)
      const written = write(store, stream)
      await until(async () => (await locksOn('streams', false)).length > 0)
      const others = [...(await locksOn('events', true)), ...(await locksOn('documents', true))]
      await blocker.query('ROLLBACK')
      await written
      expect(others).toEqual([])
    }
    await store.close()
  })

  test('is locked, with the turn to append, before the read models that appends carry', async () => {
    const store = await openCarrying()
    const holder = await database.connect()
    await holder.query('BEGIN')
    await store.append('thing-held', one, { transaction: holder })
    const carried = store.append('carried-1', one)
    if (ordering === 'exclusive') {
      await until(() =>
        database.value(`SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`),
      )
    } else {
      await carried
    }
    expect(await locksOn('documents', true)).toEqual([])
    await store.append('carried-2', one, { transaction: holder })
    await holder.query('COMMIT')
    await carried
    await store.close()
  })
})

test('commands for later are taken back before appends to exclusive writers, the other way round may deadlock', async () => {
  const store = await database.open({ schema: 'orderly', ordering: 'exclusive' })
  const mail = service(Mail, { send: () => {} })
  const later = commandQueue('later', store, { bus: commandBus(store, { services: [mail] }) })
  const offer = { command: 'mail.send', to: 'ada', input: { text: 'an offer' } } as const
  const put = () => later.put(offer, { at: new Date('2100-01-01') })
  const begin = async () => {
    const client = await database.connect()
    await client.query(`BEGIN; SET LOCAL deadlock_timeout = '50ms'`)
    return client
  }
  const isWaiting = async () =>
    (await database.value(`SELECT count(*) > 0 FROM pg_locks WHERE NOT granted`)) === true

  const wanted = await put()
  const [first, second] = [await begin(), await begin()]
  expect(await later.cancel(wanted, { transaction: first })).toBe(true)
  const late = later.cancel(wanted, { transaction: second })
  await until(isWaiting)
  await store.append('thing-1', one, { transaction: first })
  await first.query('COMMIT')
  expect(await late).toBe(false)
  await store.append('thing-1', one, { transaction: second })
  await second.query('COMMIT')

  const other = await put()
  const [third, fourth] = [await begin(), await begin()]
  await store.append('thing-1', one, { transaction: third })
  expect(await later.cancel(other, { transaction: fourth })).toBe(true)
  const queueing = store.append('thing-1', one, { transaction: fourth })
  const outcomes = await Promise.allSettled([queueing, later.cancel(other, { transaction: third })])
  expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'store-unavailable', retryable: true } },
  ])
  await third.query('ROLLBACK')
  await fourth.query('ROLLBACK')
  await store.close()
})
