import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  type EventStore,
  type ExportOptions,
  exportLog,
  importLog,
  type ReadLogOptions,
  type RecordedEvent,
} from '@eventfold/core'
import { createDatabase, type LocalDatabase } from '@eventfold/local-postgres'
import { openMemory } from '@eventfold/memory'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { startService } from './moved-service.ts'

type Kind = 'memory' | 'sqlite' | 'postgres'

let folder: string
let database: LocalDatabase
let places = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eventfold-move-'))
  database = await createDatabase(inject('postgresUrl'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
  await database.drop()
})

async function open(kind: Kind, place = `place_${++places}`): Promise<EventStore> {
  const store: EventStore =
    kind === 'memory'
      ? (openMemory() as EventStore)
      : kind === 'sqlite'
        ? ((await openSqlite(join(folder, `${place}.db`))) as EventStore)
        : ((await openPostgres({ connectionString: database.url, schema: place })) as EventStore)
  onTestFinished(() => store.close())
  return store
}

const deposited = (cents: number) => ({
  type: 'Deposited',
  data: { cents, note: `€ "${cents}"` },
  tags: [`cents:${cents % 3}`],
  metadata: { actor: 'ada' },
})

async function logOf(store: EventStore, options: ReadLogOptions = {}): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const batch of store.readLogInBatches(options)) events.push(...batch)
  return events
}

async function linesOf(store: EventStore, options: ExportOptions = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const line of exportLog(store, options)) lines.push(line)
  return lines
}

/** Everything that can be read of a log. */
async function readings(store: EventStore) {
  const log = await logOf(store)
  const streams = [...new Set(log.map(({ stream }) => stream))].sort()
  const filters = [
    { tags: ['cents:1'] },
    { category: 'account' },
    { types: ['Paid'] },
    { stream: 'account-1' },
    { backwards: true, limit: 7 },
  ]
  return {
    log,
    head: await store.head(),
    streams: await Promise.all(streams.map((stream) => store.readStream(stream))),
    infos: await Promise.all(streams.map((stream) => store.streamInfo(stream))),
    filtered: await Promise.all(filters.map((filter) => logOf(store, filter))),
  }
}

describe('a store moves', () => {
  test.each<[Kind, Kind]>([
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
    ['memory', 'postgres'],
    ['sqlite', 'memory'],
  ])('from %s to %s while it is in use, and goes on as if nothing had happened', async (from, to) => {
    const source = await open(from)
    const target = await open(to)
    const heard: string[] = []
    const before = await startService(source, heard)

    let writing = true
    const writer = (async () => {
      for (let cents = 1; writing; cents++) {
        await source.append(`account-${cents % 4}`, [deposited(cents), deposited(cents)])
        // Leaves a gap, where positions can have any.
        const refused = source.transaction(async (transaction) => {
          await source.append('account-1', [deposited(cents)], { transaction })
          throw new Error('no')
        })
        await refused.catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    expect(await before.depositOnce()).toBe(false)
    await source.append('order-1', [{ type: 'Placed', data: {} }])
    while ((await source.head()) < 40) await new Promise((resolve) => setTimeout(resolve, 5))
    const first = await importLog(target, exportLog(source), { batchSize: 16 })
    expect(first.stored).toBeGreaterThan(20)

    writing = false
    await writer
    await before.caughtUp()
    while ((await before.orderStatus()) !== 'running') {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await before.stop()
    // One more than the consumers have seen.
    await source.append('account-2', [deposited(1)])
    const rest = exportLog(source, { after: first.position, documents: true })
    expect((await importLog(target, rest, { batchSize: 16 })).documents).toBeGreaterThan(5)
    expect(await readings(target)).toEqual(await readings(source))

    const after = await startService(target, heard)
    expect(await after.depositOnce()).toBe(true)
    await target.append('order-1', [{ type: 'Paid', data: {} }], { expected: 1 })
    expect(await after.orderEnded()).toBe('completed')
    const next = await target.append('account-1', [deposited(5)])
    expect(next.version).toBe(((await source.streamInfo('account-1'))?.version ?? 0) + 1)
    await after.caughtUp()
    await after.stop()

    const deposits = await logOf(target, { types: ['Deposited'] })
    expect(heard.toSorted()).toEqual(deposits.map(({ id }) => id).sort())
    for (const key of ['0', '1', '2', '3', '7', 'shop']) {
      const own = deposits.filter(({ stream }) => stream === `account-${key}`)
      const cents = own.reduce((sum, { data }) => sum + (data as { cents: number }).cents, 0)
      const balance = { cents, count: own.length }
      expect(await after.balancesOf(key)).toEqual([balance, balance])
    }
    expect(await after.balancesOf('1')).not.toEqual(await before.balancesOf('1'))
  })

  test('from Postgres to SQLite and back, and is the same, line by line', async () => {
    const source = await open('postgres')
    for (let cents = 1; cents < 40; cents++) await source.append(`account-${cents % 4}`, [deposited(cents)])
    await source.adapter.documents?.write([
      { collection: 'notes', key: 'é', data: '"\u{1f600}"', fields: [{ field: 'a', value: '1' }] },
    ])
    const copy = await open('sqlite')
    await importLog(copy, exportLog(source, { documents: true }))
    const back = await open('postgres')
    await importLog(back, exportLog(copy, { documents: true }))
    const lines = await linesOf(source, { documents: true })
    expect(await linesOf(copy, { documents: true })).toEqual(lines)
    expect(await linesOf(back, { documents: true })).toEqual(lines)
  })
})

describe('an import that is killed', () => {
  test.each(['sqlite', 'postgres'] as const)(
    'in the middle leaves whole batches in %s, and goes on where it was',
    async (kind) => {
      const source = openMemory() as EventStore
      for (let cents = 1; cents <= 1_200; cents++) {
        await source.append(`account-${cents % 4}`, [deposited(cents), deposited(cents)])
      }
      const file = join(folder, `${kind}.jsonl`)
      await writeFile(file, `${(await linesOf(source)).join('\n')}\n`)
      const place = kind === 'sqlite' ? join(folder, 'killed.db') : database.url
      let head = 0
      for (const killAt of [200, 700]) {
        const child = fork(join(import.meta.dirname, 'programs/importer.ts'), [kind, place, file], {
          execArgv: ['--conditions', '@eventfold/source'],
        })
        child.on('message', (position) => {
          if (Number(position) >= killAt) child.kill('SIGKILL')
        })
        await once(child, 'exit')
        const store = await open(kind, 'killed')
        const left = await store.head()
        expect(left).toBeGreaterThanOrEqual(killAt)
        expect(left).toBeLessThan(2_400)
        expect(left % 20).toBe(0)
        expect(left).toBeGreaterThan(head)
        head = left
        await store.close()
      }
      const store = await open(kind, 'killed')
      const report = await importLog(store, createInterface({ input: createReadStream(file) }))
      expect(report).toEqual({ events: 2_400, stored: 2_400 - head, documents: null, position: 2_400 })
      expect(await readings(store)).toEqual(await readings(source))
    },
  )
})
