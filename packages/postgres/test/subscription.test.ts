import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RecordedEvent, SubscribeOptions } from '@eventfold/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PostgresStore } from '../src/index.ts'
import { happened, testDatabase, until } from './test-database.ts'

const database = await testDatabase()

/** What a subscription gives, while the test goes on. */
async function follow(store: PostgresStore, options: SubscribeOptions): Promise<readonly RecordedEvent[]> {
  const controller = new AbortController()
  const seen: RecordedEvent[] = []
  const subscription = store.subscribe({ ...options, signal: controller.signal })
  await subscription.beginning()
  const following = subscription.forEach((event) => void seen.push(event))
  onTestFinished(async () => {
    controller.abort()
    await following
  })
  return seen
}

function kill(application: string, query = '%'): Promise<unknown> {
  return database.value(
    `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE $2`,
    [application, query],
  )
}

const backends = (application: string) =>
  database.value('SELECT count(*)::integer FROM pg_stat_activity WHERE application_name = $1', [application])

describe('a subscription', () => {
  test('[9] misses nothing where the listening connection was killed, without polling', async () => {
    const schema = 'listening'
    const writer = await database.open({ schema })
    const reader = await database.open({ schema, pollInterval: 600_000, applicationName: 'killed-listener' })
    const seen = await follow(reader, { pollInterval: 600_000 })
    for (let round = 1; round <= 5; round++) {
      await until(async () => (await kill('killed-listener', 'LISTEN%')) === '1')
      await writer.append('account-1', [happened(round)])
      await until(() => seen.length === round)
    }
  })

  test('[9] misses nothing where every NOTIFY is lost', async () => {
    const schema = 'unheard'
    const writer = await database.open({ schema })
    // Notifications stay within a database.
    const elsewhere = new URL(database.url)
    elsewhere.pathname = '/postgres'
    const listen = { connectionString: elsewhere.href }
    const reader = await database.open({ schema, listen, pollInterval: 600_000 })
    const seen = await follow(reader, { pollInterval: 20 })
    for (let n = 1; n <= 10; n++) await writer.append('account-1', [happened(n)])
    await until(() => seen.length === 10)
    expect(seen.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('[4] gives each event once and in order while its connections are killed again and again', async () => {
    const schema = 'killed'
    const writers = [await database.open({ schema }), await database.open({ schema })]
    const reader = await database.open({ schema, applicationName: 'killed-reader' })
    let retries = 0
    const seen = await follow(reader, { batchSize: 7, pollInterval: 50, onRetry: () => void retries++ })
    let writing = true
    const killing = (async () => {
      while (writing || retries === 0) {
        await kill('killed-reader')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let n = 1; n <= 150; n++)
          await writer.append(`account-${n % 3 === 0 ? 0 : index + 1}`, [happened(n)])
      }),
    )
    writing = false
    await killing
    await until(() => seen.length >= 300)
    const { events } = await (writers[0] as PostgresStore).readLog({ limit: 1_000 })
    expect(seen.map(({ position, id }) => [position, id])).toEqual(
      events.map(({ position, id }) => [position, id]),
    )
  })

  test('that has ended, and a store that was closed, leave no connection', async () => {
    const schema = 'left'
    const store = await database.open({ schema, applicationName: 'left-behind' })
    await store.append('account-1', [happened(1)])
    for await (const _ of store.subscribe()) break
    await store.close()
    await until(async () => (await backends('left-behind')) === 0)
  })

  test('[14] reads a log far larger than the memory of its process, in each way', async () => {
    const schema = 'large'
    const store = await database.open({ schema })
    const count = 50_000
    const data = { text: 'x'.repeat(700) }
    for (let part = 0; part < count / 10_000; part++) {
      await store.append(
        `account-${part}`,
        Array.from({ length: 10_000 }, () => ({ type: 'Noted', data })),
      )
    }
    const program = fork(join(import.meta.dirname, 'programs', 'subscriber.ts'), [database.url, schema], {
      execArgv: ['--conditions', '@eventfold/source', '--max-old-space-size=48'],
    })
    onTestFinished(() => void program.kill('SIGKILL'))
    const ended = once(program, 'exit')
    const [counts] = await Promise.race([once(program, 'message'), ended])
    expect(counts).toEqual({ batches: count, events: count, handled: count, rare: 0 })
    expect(await ended).toEqual([0, null])
  }, 60_000)

  test('holds no transaction open between two batches', async () => {
    const store = await database.open({ schema: 'paused', applicationName: 'paused-reader' })
    await store.append(
      'account-1',
      Array.from({ length: 50 }, (_, n) => happened(n)),
    )
    const batches = store.subscribe({ batchSize: 10 }).batches()
    await batches.next()
    const open = `SELECT count(*)::integer FROM pg_stat_activity
      WHERE application_name = 'paused-reader' AND (xact_start IS NOT NULL OR backend_xmin IS NOT NULL)`
    await until(async () => (await database.value(open)) === 0)
    await batches.return()
  })
})
