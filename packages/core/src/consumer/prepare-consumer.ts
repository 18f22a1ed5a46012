import { isEventfoldError } from '../errors.ts'
import type { DocumentWrite } from '../store/document-adapter.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import type { ConsumerRecord, Stored } from './consumer-documents.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { newPartition, type PartitionState } from './partition-state.ts'
import { repartition } from './repartition.ts'
import { splitSlices } from './slices.ts'
import { emptyTally } from './tally.ts'

/**
 * Stores the consumer at its first start, and another number of partitions where it was changed, in one step: whoever
 * works on the old partitions is fenced by it.
 */
export async function prepareConsumer<Transaction>(settings: ConsumerSettings<Transaction>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepareOnce(settings)
    } catch (error) {
      // Another instance was faster: look again.
      if (!isEventfoldError(error, 'document-conflict')) throw error
      await pauseAfterConflict(attempt)
    }
  }
}

async function prepareOnce<Transaction>(settings: ConsumerSettings<Transaction>): Promise<void> {
  const { documents, store, partitions: wanted } = settings
  const before = await documents.readConsumer()
  if (before !== undefined && (wanted === undefined || wanted === before.state.partitions)) return
  const start = before === undefined ? await startPosition(settings) : 0
  await store.adapter.transaction(async (transaction) => {
    if (before === undefined) {
      const states = splitSlices(wanted ?? 1).map((range, index) => newPartition(index, range, start))
      const record: ConsumerRecord = {
        partitions: states.length,
        paused: false,
        changes: 0,
        discarded: emptyTally,
      }
      await documents.adapter.write(
        [consumerWrite(settings, record, null), ...created(settings, states)],
        transaction,
      )
    } else {
      await replacePartitions(settings, before, wanted as number, transaction)
    }
  })
  store.adapter.wakeUp()
}

async function replacePartitions<Transaction>(
  settings: ConsumerSettings<Transaction>,
  before: Stored<ConsumerRecord>,
  count: number,
  transaction: Transaction,
): Promise<void> {
  const { documents } = settings
  const record = { ...before.state, partitions: count, changes: before.state.changes + 1 }
  await documents.adapter.write([consumerWrite(settings, record, before.text)], transaction)
  const old = await documents.lockPartitions(before.state.partitions, transaction)
  const states = repartition(
    old.map(({ state }) => state),
    count,
  )
  const surplus = old
    .slice(count)
    .map(({ key }) => ({ collection: documents.partitions, key, data: undefined }))
  const kept = states.map((state, index) => documents.partitionWrite(state, old[index]?.text ?? null))
  await documents.adapter.write([...kept, ...surplus], transaction)
}

function consumerWrite<Transaction>(
  { documents }: ConsumerSettings<Transaction>,
  record: ConsumerRecord,
  expected: string | null,
): DocumentWrite {
  return { ...documents.consumer, data: JSON.stringify(record), expected }
}

function created<Transaction>(
  { documents }: ConsumerSettings<Transaction>,
  states: readonly PartitionState[],
): readonly DocumentWrite[] {
  return states.map((state) => documents.partitionWrite(state, null))
}

async function startPosition<Transaction>({ from, store }: ConsumerSettings<Transaction>): Promise<number> {
  if (from === 'beginning') return 0
  return from === 'now' ? store.adapter.head() : from
}
