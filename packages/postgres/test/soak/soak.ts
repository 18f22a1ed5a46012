// node -C @eventfold/source packages/postgres/test/soak/soak.ts --seconds 60 --seed 1 --ordering announced

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createDatabase, startLocalPostgres } from '@eventfold/local-postgres'
import pg from 'pg'
import { Random } from '../../../testing/test/chaos/random.ts'
import { type Ordering, openPostgres, type PostgresStore } from '../../src/index.ts'
import { tcpProxy } from '../tcp-proxy.ts'
import { type FoundEvent, Ledger } from './ledger.ts'
import { Writer } from './writer.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    ordering: { type: 'string', default: 'announced' },
    writers: { type: 'string', default: '16' },
  },
})
const seconds = Number(values.seconds)
const seed = Number(values.seed)
const ordering = values.ordering as Ordering
console.log(`seed ${seed}, ${seconds} s, ${ordering}`)

const server = await startLocalPostgres()
const { url, drop } = await createDatabase(server.url)
const control = new pg.Pool({ connectionString: url, application_name: 'control', max: 2 })
control.on('error', () => {})
const proxy = await tcpProxy(new URL(url))
const proxied = new URL(url)
proxied.port = String(proxy.port)

const random = new Random(seed)
const ledger = new Ledger()
const open = (connectionString: string) =>
  openPostgres({ connectionString, ordering, applicationName: 'soak', lockTimeout: 2_000, retries: 8 })
const stores = [await open(url), await open(url), await open(url), await open(proxied.href)]
const end = Date.now() + seconds * 1_000

process.on('uncaughtException', (error) => ledger.violation(`uncaught: ${error.stack}`))
process.on('unhandledRejection', (error) => ledger.violation(`unhandled: ${error}`))

async function write(store: PostgresStore, number: number): Promise<void> {
  const dropReply = store === stores[3] ? (text: string) => proxy.dropReplyTo(text) : undefined
  const writer = new Writer(store, url, new Random(seed * 1_000 + number), ledger, dropReply)
  while (Date.now() < end) await track(`writer ${number}`, writer.step())
}

/** What has not ended yet, for the report of a run that does not end. */
const pending = new Set<string>()
async function track<Result>(name: string, work: Promise<Result>): Promise<Result> {
  pending.add(name)
  try {
    return await work
  } finally {
    pending.delete(name)
  }
}

setTimeout(
  async () => {
    console.log('does not end:', [...pending].join(', '))
    const activity = await control.query(`SELECT application_name, state, wait_event, left(query, 60) AS query
    FROM pg_stat_activity WHERE datname = current_database()`)
    console.table(activity.rows)
    process.exit(1)
  },
  (seconds + 20) * 1_000,
).unref()

let kills = 0
async function kill(): Promise<void> {
  while (Date.now() < end) {
    await sleep(20 + random.below(200))
    const { rows } = await control.query(`SELECT count(pg_terminate_backend(pid)) AS killed FROM (
      SELECT pid FROM pg_stat_activity WHERE application_name = 'soak' AND datname = current_database()
      ORDER BY random() LIMIT ${1 + random.below(2)}) AS victims`)
    kills += Number(rows[0].killed)
  }
}

let isWritten = false
async function follow(
  store: PostgresStore,
  filter: { readonly category?: string; readonly tags?: readonly string[] },
): Promise<FoundEvent[]> {
  const delivered: FoundEvent[] = []
  let wake = () => {}
  await store.onAppend(() => wake())
  for (let after = 0; ; ) {
    const isLast = isWritten
    const page = await store
      .readLog({ after, limit: 1 + random.below(300), ...filter })
      .catch(() => undefined)
    if (page === undefined) continue
    for (const { id, stream, version, position } of page.events)
      delivered.push({ id, stream, version, position })
    after = page.next
    if (!page.end) continue
    if (isLast) break
    await Promise.race([sleep(50), new Promise<void>((resolve) => (wake = resolve))])
  }
  await track('closing a reader', store.close())
  return delivered
}

const filters = [{}, {}, { category: 'hot' }, { tags: ['tagged'] }]
const readerStores = await Promise.all(filters.map(() => open(url)))
const readers = filters.map((filter, number) =>
  track(`reader ${number}`, follow(readerStores[number] as PostgresStore, filter)),
)
const writers = Array.from({ length: Number(values.writers) }, (_, number) =>
  write(stores[number % stores.length] as PostgresStore, number),
)
await Promise.all([...writers, track('killer', kill())])
isWritten = true
const delivered = await Promise.all(readers)

const { rows } = await control.query(
  'SELECT id, stream, version::integer, position::integer, tags FROM eventfold.events ORDER BY position',
)
const found = rows as (FoundEvent & { readonly tags: readonly string[] | null })[]
ledger.checkStored(found)
const wanted = [
  found,
  found,
  found.filter(({ stream }) => stream.startsWith('hot-')),
  found.filter(({ tags }) => tags !== null),
]
for (const [reader, events] of delivered.entries()) {
  ledger.checkDelivered(`reader ${reader}`, events, wanted[reader] as FoundEvent[])
}
const leftOver =
  await control.query(`SELECT count(*)::integer AS n FROM eventfold.streams s WHERE s.version IS DISTINCT FROM
  (SELECT max(e.version) FROM eventfold.events e WHERE e.stream = s.stream)`)
if (leftOver.rows[0].n > 0)
  ledger.violation(`${leftOver.rows[0].n} streams have another version than their events`)

await Promise.all(stores.map((store, number) => track(`closing ${number}`, store.close())))
await control.end()
proxy.close()
await drop()
await server.stop()

console.table(ledger.counts())
console.log(`${found.length} events, ${kills} backends killed, ${proxy.dropped()} replies dropped`)
console.log(ledger.violations.length === 0 ? 'no violation' : ledger.violations.join('\n'))
process.exitCode = ledger.violations.length === 0 ? 0 : 1
