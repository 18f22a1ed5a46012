import type { DocumentWrite } from '../store/document-adapter.ts'
import { describeFailure } from './failure-info.ts'
import { heldWrite, parkedRecord, parkedWrite } from './parked-events.ts'
import type { PartitionContext } from './partition-context.ts'
import { movedTo } from './partition-state.ts'
import { eventOf, type WorkItem } from './partition-work.ts'
import { parkBehind } from './split-held.ts'
import { tallyEvent } from './tally.ts'

/** An event has failed for good, and the policy is to stop. */
export class ConsumerStopped extends Error {
  constructor(cause: unknown) {
    super('The consumer was stopped by an event that failed.', { cause })
    this.name = 'ConsumerStopped'
  }
}

/**
 * Does with an event that has failed for good what the policy says, in one step with the checkpoint.
 *
 * @param keys those of the item that are not held back already
 * @throws ConsumerStopped, PartitionInterrupt
 */
export async function failEvent<Transaction>(
  context: PartitionContext<Transaction>,
  item: WorkItem,
  keys: readonly string[],
  error: unknown,
  attempts: number,
): Promise<void> {
  const { settings, checkpoint, held } = context
  const { onFailure, documents } = settings
  const { row } = item
  const { state } = checkpoint
  const now = await context.now()
  const failure = describeFailure(error, now, row.position)
  const passed = { ...movedTo(state, row.position), event: { position: row.position, id: row.id } }
  const report = () => {
    context.report(error, { ...eventOf(item), attempt: attempts, action: onFailure })
  }
  if (onFailure === 'stop') {
    await checkpoint.save({ ...state, failed: failure, owner: null }, { durable: true })
    report()
    throw new ConsumerStopped(error)
  }
  const behind = parkBehind(context, item, now)
  if (onFailure === 'skip') {
    const skipped = tallyEvent(state.skipped, row.id, keys.length)
    await checkpoint.save({ ...passed, skipped }, { writes: behind, durable: true })
  } else {
    const records = keys.map((key) => ({ key, since: now, retry: false }))
    const writes: DocumentWrite[] = [
      ...records.map((record) => heldWrite(documents, record)),
      ...behind,
      ...keys.map((key) => parkedWrite(documents, parkedRecord(row, key, now, { error: failure, attempts }))),
    ]
    await checkpoint.save(passed, { writes, durable: true })
    for (const record of records) held.set(record.key, record)
  }
  report()
  context.moved(row.position, 0)
}
