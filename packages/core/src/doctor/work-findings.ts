import { toFieldText } from '../projection/field-text.ts'
import { statusText } from '../saga/saga-documents.ts'
import type { Timer } from '../schedule/timer.ts'
import type { DocumentAdapter } from '../store/document-adapter.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Finding, Inspection } from './finding.ts'

const sagas = 'eventfold:sagas/'
const timers = 'eventfold:timers/'

/** Most keys that a finding names. */
const mostNamed = 10

/** Sagas that are stuck, and timers that nobody fires. */
export async function workFindings<Transaction>(
  store: EventStore<Transaction>,
  { patience }: Inspection,
): Promise<readonly Finding[]> {
  const { adapter } = store
  const { documents, transfer } = adapter
  if (documents === undefined || transfer === undefined) return []
  const since = (await adapter.now()) - patience
  const findings: Finding[] = []
  for await (const collection of collections(transfer, 'eventfold:')) {
    if (collection.startsWith(sagas)) findings.push(...(await stuck(documents, collection)))
    if (collection.startsWith(timers)) findings.push(...(await overdue(store, documents, collection, since)))
  }
  return findings
}

/** Names of the collections that begin like this. */
async function* collections(
  transfer: NonNullable<EventStore['adapter']['transfer']>,
  prefix: string,
): AsyncGenerator<string, void, undefined> {
  let after = { collection: prefix, key: lastKey }
  while (true) {
    const [next] = await transfer.listDocuments(after, 1)
    if (next === undefined || !next.collection.startsWith(prefix)) return
    yield next.collection
    after = { collection: next.collection, key: lastKey }
  }
}

/** Behind every key in use: the last code point, which is no character. */
const lastKey = '\u{10ffff}'

async function stuck<Transaction>(
  documents: DocumentAdapter<Transaction>,
  collection: string,
): Promise<Finding[]> {
  const status = statusText('stuck')
  const where = [{ field: 'status', from: status, to: status }]
  const count = await documents.count(collection, where)
  if (count === 0) return []
  const named = await documents.find({ collection, where, backwards: false, limit: mostNamed })
  const saga = collection.slice(sagas.length)
  return [
    {
      code: 'saga-stuck',
      severity: 'warning',
      message: `${count} instances of saga ${saga} are stuck: something could not be undone.`,
      advice: 'Look at stuck(), then call retry(key), or put it right by hand and call resolve(key).',
      details: { saga, count, keys: named.map(({ key }) => key) },
    },
  ]
}

async function overdue<Transaction>(
  { codec }: EventStore<Transaction>,
  documents: DocumentAdapter<Transaction>,
  collection: string,
  since: number,
): Promise<Finding[]> {
  const where = [{ field: 'due', from: toFieldText(0, 'due'), to: toFieldText(since, 'due') }]
  const count = await documents.count(collection, where)
  if (count === 0) return []
  const query = { collection, where, orderBy: 'due', backwards: false, limit: 1 }
  const [first] = await documents.find(query)
  const owner = collection.slice(timers.length)
  return [
    {
      code: 'timers-overdue',
      severity: 'warning',
      message: `${count} timers of ${owner} are due and have not fired.`,
      advice: 'Start the saga, outbox or queue that they belong to, and look at its errors.',
      details: { owner, count, oldest: first === undefined ? null : dueOf(codec.decode(first.data)) },
    },
  ]
}

function dueOf(timer: unknown): string | null {
  const { due } = timer as Timer
  return Number.isSafeInteger(due) ? new Date(due).toISOString() : null
}
