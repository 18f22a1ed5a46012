import type { DocumentWrite } from '../store/document-adapter.ts'
import { failEvent } from './fail-event.ts'
import { isPromiseLike } from './partition-checkpoint.ts'
import type { PartitionContext } from './partition-context.ts'
import { movedTo, type PartitionState } from './partition-state.ts'
import { decodedAgain, deliveriesFor, eventOf, type WorkItem } from './partition-work.ts'
import type { Delivery } from './processor.ts'
import { freeKeys, parkBehind } from './split-held.ts'
import { tallyDeliveries } from './tally-deliveries.ts'

/**
 * Applies the events of a page in transactions that move the checkpoint: all at once where nothing fails. After a
 * failure half as many, until the culprit is alone.
 *
 * @param end everything up to here is done with the page
 * @throws ConsumerStopped, PartitionInterrupt
 */
export async function applyPage<Transaction>(
  context: PartitionContext<Transaction>,
  items: readonly WorkItem[],
  end: number,
): Promise<void> {
  const { attempts, isTransient, batchSize } = context.settings
  const backOff = context.newBackOff()
  let attempt = 1
  let failures = 0
  let hasFailed = false
  for (let index = 0; index < items.length; ) {
    context.quit.throwIfAborted()
    const cut = nextBatch(items, index, context.batchSize)
    const batch = hasFailed ? cut.map((item) => decodedAgain(item, context.settings)) : cut
    const [first] = batch as readonly [WorkItem]
    const position = index + batch.length === items.length ? end : (batch.at(-1) as WorkItem).row.position
    const failure = await applyBatch(context, batch, position, attempt)
    if (failure === undefined) {
      index += batch.length
      attempt = 1
      failures = 0
      backOff.reset()
      context.batchSize = Math.min(context.batchSize * 2, batchSize)
      continue
    }
    hasFailed = true
    const { error } = failure
    const mayPass = isTransient(error)
    if (!mayPass) failures++
    if (batch.length > 1) {
      context.batchSize = Math.ceil(batch.length / 2)
      failures = 0
      context.report(error, { attempt: 1, action: 'retry' })
      if (mayPass) await context.pause(backOff.next())
    } else if (first.deliveries !== undefined && (mayPass || failures < attempts)) {
      context.report(error, { ...eventOf(first), attempt, action: 'retry' })
      await context.pause(backOff.next())
      attempt++
    } else {
      await failEvent(context, first, freeKeys(context, first), error, attempt)
      index++
      attempt = 1
      failures = 0
      backOff.reset()
    }
  }
}

/** As many as may be tried together: one that cannot be decoded is alone. */
function nextBatch(items: readonly WorkItem[], start: number, size: number): readonly WorkItem[] {
  let end = start
  while (end < items.length && end - start < size && items[end]?.deliveries !== undefined) end++
  return items.slice(start, Math.max(end, start + 1))
}

/** Resolves with the error of the processor, in an object, where it failed; then nothing was stored. */
async function applyBatch<Transaction>(
  context: PartitionContext<Transaction>,
  batch: readonly WorkItem[],
  position: number,
  attempt: number,
): Promise<{ readonly error: unknown } | undefined> {
  const { checkpoint, guard, settings, held } = context
  const now = held.size === 0 ? 0 : await context.now()
  const deliveries: Delivery[] = []
  const writes: DocumentWrite[] = []
  for (const item of batch) {
    writes.push(...parkBehind(context, item, now))
    const keys = freeKeys(context, item)
    if (keys.length === 0) continue
    if (item.deliveries === undefined) return { error: item.error }
    deliveries.push(...deliveriesFor(item, keys))
  }
  const { signal } = guard
  let runs = 0
  const work = async (transaction: Transaction) => {
    if (deliveries.length === 0) return
    const given = runs++ === 0 ? deliveries : deliveriesAgain(context, batch)
    const call = settings.processor.apply?.(given, transaction, { signal, attempt })
    const failure = isPromiseLike(call) ? await guard.wait(call) : undefined
    if (failure !== undefined) throw failure.error
  }
  const next = applied(checkpoint.state, batch, deliveries, position)
  const { appends = true } = settings.processor
  const durable = appends && deliveries.length > 0
  const failure = await checkpoint.tryToSave(next, { writes, work, signal, durable })
  guard.throwIfAborted()
  if (failure !== undefined) return failure
  context.moved(position, deliveries.length)
  return undefined
}

/** For the transaction that is run a second time. */
function deliveriesAgain<Transaction>(
  context: PartitionContext<Transaction>,
  batch: readonly WorkItem[],
): readonly Delivery[] {
  return batch.flatMap((item) => {
    return deliveriesFor(decodedAgain(item, context.settings), freeKeys(context, item))
  })
}

function applied(
  state: PartitionState,
  batch: readonly WorkItem[],
  deliveries: readonly Delivery[],
  position: number,
): PartitionState {
  const { row } = batch.at(-1) as WorkItem
  const event = { position: row.position, id: row.id }
  return { ...movedTo(state, position), event, handled: tallyDeliveries(state.handled, deliveries) }
}
