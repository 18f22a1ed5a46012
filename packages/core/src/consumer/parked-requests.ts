import { isEventfoldError } from '../errors.ts'
import { changeConsumer } from './change-consumer.ts'
import type { Stored } from './consumer-documents.ts'
import { ConsumerRemovedError } from './consumer-errors.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { ParkedEvent } from './consumer-status.ts'
import { type HeldRecord, heldWrite, type ParkedRecord, parkedKey, readParked } from './parked-events.ts'
import { tallyEvent } from './tally.ts'

const pageSize = 200

/** Which parked events are meant: one, those of a key, or all. */
export interface ParkedSelection {
  readonly key?: string
  readonly position?: number
}

/** Asks the owners of partitions to process the parked events of a key, or of all keys. Resolves with their number. */
export async function requestRetry<Transaction>(
  { documents, store }: ConsumerSettings<Transaction>,
  key: string | undefined,
): Promise<number> {
  const keys = key === undefined ? (await documents.all(documents.held)).map((found) => found.key) : [key]
  let count = 0
  for (const held of keys) {
    const isHeld = await againAfterConflict(async () => {
      const [text] = await documents.adapter.read([{ collection: documents.held, key: held }])
      if (text === undefined) return false
      const record = { ...(JSON.parse(text) as HeldRecord), retry: true }
      await documents.adapter.write([heldWrite(documents, record, text)])
      return true
    })
    if (isHeld) count++
  }
  await changeConsumer(documents)
  store.adapter.wakeUp()
  return count
}

/** Gives up parked events. Keys of which none is left are released by their owners. Resolves with their number. */
export async function discardParked<Transaction>(
  settings: ConsumerSettings<Transaction>,
  selection: ParkedSelection,
): Promise<number> {
  let count = 0
  let after: Pick<ParkedEvent, 'key' | 'position'> | undefined
  for (;;) {
    const page = await againAfterConflict(async () => {
      const found = await selectParked(settings, selection, after)
      if (found.length > 0) await removeParked(settings, found, selection.position === undefined)
      return found
    })
    count += page.length
    after = page.at(-1)?.state
    if (page.length < pageSize) break
  }
  settings.store.adapter.wakeUp()
  return count
}

async function selectParked<Transaction>(
  { documents }: ConsumerSettings<Transaction>,
  { key, position }: ParkedSelection,
  after: Pick<ParkedEvent, 'key' | 'position'> | undefined,
): Promise<readonly Stored<ParkedRecord>[]> {
  if (key === undefined || position === undefined) return readParked(documents, key, pageSize, after)
  const reference = { collection: documents.parked, key: parkedKey(key, position) }
  const [text] = await documents.adapter.read([reference])
  return text === undefined ? [] : [{ key: reference.key, text, state: JSON.parse(text) as ParkedRecord }]
}

/** Locks in the order of collections, as owners do: consumer, held keys, parked events. */
async function removeParked<Transaction>(
  { documents, store, name }: ConsumerSettings<Transaction>,
  events: readonly Stored<ParkedRecord>[],
  releases: boolean,
): Promise<void> {
  const { adapter } = documents
  await store.adapter.transaction(async (transaction) => {
    const consumer = await documents.readConsumer(transaction)
    if (consumer === undefined) throw new ConsumerRemovedError(name)
    const keys = [...new Set(events.map(({ state }) => state.key))].sort()
    const references = keys.map((key) => ({ collection: documents.held, key }))
    const held = await adapter.read(references, { transaction, lock: true })
    const removed = events.map(({ key, text }) => {
      return { collection: documents.parked, key, data: undefined, fields: [], expected: text }
    })
    await adapter.write(removed, transaction)
    const discarded = events.reduce(
      (tally, { state }) => tallyEvent(tally, state.id),
      consumer.state.discarded,
    )
    const data = JSON.stringify({ ...consumer.state, discarded, changes: consumer.state.changes + 1 })
    await adapter.write([{ ...documents.consumer, data, expected: consumer.text }], transaction)
    for (const [index, key] of keys.entries()) {
      const text = held[index]
      if (text === undefined) continue
      const [left] = releases ? [] : await readParked(documents, key, 1, undefined, transaction)
      if (left !== undefined) continue
      const record = { ...(JSON.parse(text) as HeldRecord), retry: true }
      await adapter.write([heldWrite(documents, record, text)], transaction)
    }
  })
}

/** Somebody else has changed the same, such as an owner that processes it: reads and tries again. */
async function againAfterConflict<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isEventfoldError(error, 'document-conflict')) throw error
    }
  }
}
