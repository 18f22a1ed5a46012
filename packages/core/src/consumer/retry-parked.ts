import { isEventfoldError } from '../errors.ts'
import type { DocumentWrite } from '../store/document-adapter.ts'
import type { Stored } from './consumer-documents.ts'
import { HistoryDivergedError } from './consumer-errors.ts'
import { describeFailure } from './failure-info.ts'
import { tryToHandle } from './handle-page.ts'
import { heldWrite, type ParkedRecord, parkedWrite, readHeld, readParked } from './parked-events.ts'
import { isPromiseLike } from './partition-checkpoint.ts'
import type { PartitionContext } from './partition-context.ts'
import { decodedAgain, eventOf, type WorkItem, wantedEvents } from './partition-work.ts'
import { tallyEvent } from './tally.ts'

/** How long it may take at once, in milliseconds, so that other events flow meanwhile. */
const turnTime = 100

/**
 * Processes the parked events that somebody asked for, in order, each in one step with its removal. A key is released
 * with its last. Resolves with the milliseconds after which to come again.
 *
 * @throws PartitionInterrupt
 */
export async function retryParked<Transaction>(context: PartitionContext<Transaction>): Promise<number> {
  const { checkpoint, settings } = context
  const until = performance.now() + turnTime
  const asked = await context.persist(() => readHeld(settings.documents, checkpoint.state, true))
  let pause = Number.MAX_SAFE_INTEGER
  for (const { key } of asked) {
    const outcome = await retryKey(context, key, until)
    if (outcome === 'more') return 0
    if (outcome === 'later') pause = context.parkedBackOff.next()
    else context.parkedBackOff.reset()
  }
  return pause
}

async function retryKey<Transaction>(
  context: PartitionContext<Transaction>,
  key: string,
  until: number,
): Promise<'done' | 'more' | 'later'> {
  const { documents, isTransient } = context.settings
  for (;;) {
    if (performance.now() > until) return 'more'
    await context.checkIsOurs()
    const [first, second] = await context.persist(() => readParked(documents, key, 2))
    const release: DocumentWrite[] =
      second === undefined ? [{ collection: documents.held, key, data: undefined, fields: [] }] : []
    if (first === undefined) {
      await context.checkpoint.save(context.checkpoint.state, { writes: release, durable: true })
      context.held.delete(key)
      return 'done'
    }
    const item = await readItem(context, first.state)
    const failure = await processParked(context, item, first, release)
    if (failure === undefined) {
      if (second !== undefined) continue
      context.held.delete(key)
      return 'done'
    }
    const { error } = failure
    if (isDiscarded(error, documents.parked)) continue
    const attempt = first.state.attempts + 1
    if (isTransient(error)) {
      context.report(error, { ...eventOf(item), attempt, action: 'retry' })
      return 'later'
    }
    const kept = await keepParked(context, first, error, attempt)
    if (isDiscarded(kept?.error, documents.parked)) continue
    context.report(error, { ...eventOf(item), attempt, action: 'park' })
    return 'done'
  }
}

/** Resolves with the error of the processor, in an object, where it failed; or with that of somebody's discarding. */
async function processParked<Transaction>(
  context: PartitionContext<Transaction>,
  item: WorkItem,
  { key: parkedKey, text, state: record }: Stored<ParkedRecord>,
  release: readonly DocumentWrite[],
): Promise<{ readonly error: unknown } | undefined> {
  const { checkpoint, settings, guard } = context
  const { documents, processor } = settings
  const { deliveries, keys, error } = item
  if (deliveries === undefined) return { error }
  const attempt = record.attempts + 1
  const handled = tallyEvent(checkpoint.state.handled, record.id)
  const next = { ...checkpoint.state, handled }
  const writes = [
    ...release,
    { collection: documents.parked, key: parkedKey, data: undefined, fields: [], expected: text },
  ]
  if (processor.apply === undefined) {
    const failure = await tryToHandle(context, item, keys, attempt)
    guard.throwIfAborted()
    return failure ?? checkpoint.tryToSave(next, { writes, durable: true })
  }
  const { signal } = guard
  let runs = 0
  const work = async (transaction: Transaction) => {
    if (deliveries.length === 0) return
    const given = runs++ === 0 ? deliveries : (decodedAgain(item, settings).deliveries ?? deliveries)
    const call = processor.apply?.(given, transaction, { signal, attempt })
    const failure = isPromiseLike(call) ? await guard.wait(call) : undefined
    if (failure !== undefined) throw failure.error
  }
  const failure = await checkpoint.tryToSave(next, { writes, work, signal, durable: true })
  guard.throwIfAborted()
  return failure
}

/** What has failed again stays, and so does what is behind it, until somebody asks again. */
async function keepParked<Transaction>(
  context: PartitionContext<Transaction>,
  { text, state: record }: Stored<ParkedRecord>,
  error: unknown,
  attempts: number,
): Promise<{ readonly error: unknown } | undefined> {
  const { documents } = context.settings
  const now = await context.now()
  const failed = { ...record, attempts, error: describeFailure(error, now, record.position) }
  const held = { key: record.key, since: context.held.get(record.key)?.since ?? now, retry: false }
  const writes = [heldWrite(documents, held), parkedWrite(documents, failed, text)]
  return context.checkpoint.tryToSave(context.checkpoint.state, { writes, durable: true })
}

function isDiscarded(error: unknown, parked: string): boolean {
  return isEventfoldError(error, 'document-conflict') && error.collection === parked
}

async function readItem<Transaction>(
  context: PartitionContext<Transaction>,
  { position, id, key }: ParkedRecord,
): Promise<WorkItem> {
  const { settings } = context
  const { store, name, processor } = settings
  const query = { after: position - 1, before: position + 1, backwards: false, limit: 1, filter: {} }
  const { events } = await context.persist(() => store.adapter.readLog(query))
  const [row] = events
  if (row?.id !== id)
    throw new HistoryDivergedError(name, position, `the parked event ${id} is not at ${position}`)
  const keys = [key]
  try {
    const events = wantedEvents(row, settings)
    const isSplit = events.length > 1
    const own = isSplit ? events.filter((event) => processor.keysOf?.(event).includes(key) !== false) : events
    // None: it was parked as a whole, by its stream, because its keys could not be told.
    return { row, keys, deliveries: (own.length > 0 ? own : events).map((event) => ({ event, keys })) }
  } catch (error) {
    return { row, keys, deliveries: undefined, error }
  }
}
