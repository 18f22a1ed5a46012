import type { StoredEvent } from '../event/stored-event.ts'
import type { CallFailure } from './call-guard.ts'
import { failEvent } from './fail-event.ts'
import { isPromiseLike } from './partition-checkpoint.ts'
import type { PartitionContext } from './partition-context.ts'
import type { PartitionState } from './partition-state.ts'
import { decodedAgain, deliveriesFor, eventOf, type WorkItem, workItem } from './partition-work.ts'
import type { Delivery } from './processor.ts'
import { freeKeys, parkBehind } from './split-held.ts'

/** How much work a crash may repeat, in milliseconds, where one event does not take longer. */
const saveInterval = 250

/** How many events are handed out between two looks at the clock, where none has to be waited for. A power of two. */
const clockInterval = 16

/**
 * Hands the events of a page to the processor, one after another. The checkpoint moves from time to time, and before
 * whatever takes long; what is not saved at the end of the page is in `context.progress`.
 *
 * @param end everything up to here is done with the page
 * @throws ConsumerStopped, PartitionInterrupt; what is done is in `context.progress` then
 */
export async function handlePage<Transaction>(
  context: PartitionContext<Transaction>,
  rows: readonly StoredEvent[],
  end: number,
): Promise<void> {
  const { progress, settings } = context
  const { state } = context.checkpoint
  let count = 0
  const save = async (position: number | undefined) => {
    if (position === undefined) return
    const reached = Math.max(position, context.position)
    await progress.save(reached)
    context.moved(reached, count)
    count = 0
  }
  let now = performance.now()
  for (let index = 0; index < rows.length; index++) {
    const quick = handleWithoutWaiting(context, rows, index, state, now)
    count += quick.count
    index = quick.index
    now = quick.now
    const row = rows[index]
    if (row === undefined) break
    if (now - progress.savedAt >= saveInterval) await save(progress.position)
    if (!context.isOurs(now)) await context.checkIsOurs()
    const item = quick.item ?? workItem(row, state, settings)
    if (item === undefined) continue
    const behind = context.held.size === 0 ? [] : parkBehind(context, item, await context.now())
    const keys = freeKeys(context, item)
    if (keys.length > 0) {
      const call = quick.call ?? tryToHandle(context, item, keys, 1)
      const failure = isPromiseLike(call) ? await call : call
      if (failure !== undefined) {
        context.guard.throwIfAborted()
        await save(progress.position)
        const last = await tryAgain(context, item, keys, failure)
        if (last !== undefined) {
          await failEvent(context, item, keys, last.error, last.attempt)
          continue
        }
      }
      count++
    }
    progress.add(row, keys.length, behind)
    now = performance.now()
  }
  if (progress.hasWrites) await save(end)
  else if (end > context.position) context.moved(end, count)
}

interface QuickPart<Transaction> {
  /** The first event that is not done. */
  readonly index: number
  /** How many were handled. */
  readonly count: number
  readonly now: number
  /** The event whose call is to be waited for. */
  readonly item?: WorkItem
  readonly call?: ReturnType<typeof tryToHandle<Transaction>>
}

/**
 * Hands out events for as long as there is nothing to wait for: not for the fence, the checkpoint, or the call itself,
 * which is returned then with its event. Each is decoded when its turn comes, so that it never grows old in memory. A
 * function of its own, because a loop in one that awaits runs at half the speed.
 */
function handleWithoutWaiting<Transaction>(
  context: PartitionContext<Transaction>,
  rows: readonly StoredEvent[],
  from: number,
  state: PartitionState,
  began: number,
): QuickPart<Transaction> {
  const { progress, settings, held } = context
  let index = from
  let count = 0
  let now = began
  for (; index < rows.length && held.size === 0; index++) {
    if (now - progress.savedAt >= saveInterval || !context.isOurs(now)) break
    const row = rows[index] as StoredEvent
    const item = workItem(row, state, settings)
    if (item === undefined) continue
    const call = tryToHandle(context, item, item.keys, 1)
    if (call !== undefined) return { index, count, now, item, call }
    progress.add(row, item.keys.length, noWrites)
    count++
    if (index % clockInterval === 0) now = performance.now()
  }
  return { index, count, now }
}

const noWrites: readonly never[] = []

/**
 * One call of the processor: undefined where it succeeds. Without a promise where there is none, since that is what
 * costs.
 */
export function tryToHandle<Transaction>(
  context: PartitionContext<Transaction>,
  item: WorkItem,
  keys: readonly string[],
  attempt: number,
): CallFailure | undefined | Promise<CallFailure | undefined> {
  if (item.deliveries === undefined) return { error: item.error }
  const deliveries = deliveriesFor(item, keys)
  const [first] = deliveries
  if (first === undefined) return undefined
  const call = handleOne(context, first, attempt)
  return deliveries.length === 1 ? call : handleOthers(context, call, deliveries.slice(1), attempt)
}

function handleOne<Transaction>(
  { settings, guard }: PartitionContext<Transaction>,
  delivery: Delivery,
  attempt: number,
): CallFailure | undefined | Promise<CallFailure | undefined> {
  const idempotencyKey = `${settings.name}/${delivery.event.id}`
  try {
    const { signal } = guard
    const call = settings.processor.handle?.(delivery, { signal, attempt, idempotencyKey })
    return isPromiseLike(call) ? guard.wait(call) : undefined
  } catch (error) {
    return { error }
  }
}

/** The rest of what upcasters made of one event, as long as none fails. */
async function handleOthers<Transaction>(
  context: PartitionContext<Transaction>,
  first: ReturnType<typeof handleOne>,
  others: readonly Delivery[],
  attempt: number,
): Promise<CallFailure | undefined> {
  let failure = await first
  for (const delivery of others) {
    if (failure !== undefined || context.guard.signal.aborted) return failure
    failure = await handleOne(context, delivery, attempt)
  }
  return failure
}

/** Until it succeeds, or has failed for good: resolves with the last failure then. */
async function tryAgain<Transaction>(
  context: PartitionContext<Transaction>,
  item: WorkItem,
  keys: readonly string[],
  first: CallFailure,
): Promise<(CallFailure & { readonly attempt: number }) | undefined> {
  const { attempts, isTransient } = context.settings
  const backOff = context.newBackOff()
  let failure: CallFailure | undefined = first
  let failures = 0
  for (let attempt = 1; failure !== undefined; attempt++) {
    context.guard.throwIfAborted()
    const { error }: CallFailure = failure
    if (!isTransient(error)) failures++
    if (item.deliveries === undefined || failures >= attempts) return { error, attempt }
    context.report(error, { ...eventOf(item), attempt, action: 'retry' })
    await context.pause(backOff.next())
    await context.checkIsOurs()
    failure = await tryToHandle(context, decodedAgain(item, context.settings), keys, attempt + 1)
  }
  return undefined
}
