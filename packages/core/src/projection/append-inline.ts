import type { EventDecoder } from '../event/decode-event.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { CallsUnderWay } from '../store/calls-under-way.ts'
import type { StoreAdapter, StreamReceipt, StreamWrite } from '../store/store-adapter.ts'
import type { InlineCarrier } from './inline-carrier.ts'

/** What an append needs of its store to carry read models. */
interface CarryingStore<Transaction> {
  readonly adapter: StoreAdapter<Transaction>
  readonly decoder: EventDecoder
  readonly carriers: readonly InlineCarrier<Transaction>[]
  readonly underWay: CallsUnderWay
}

/**
 * Appends, and applies the events to the read models that the store carries, in one transaction: the given one, or a
 * new one. What a handler throws undoes the append.
 */
export async function appendInline<Transaction>(
  store: CarryingStore<Transaction>,
  writes: readonly StreamWrite[],
  transaction: Transaction | undefined,
): Promise<readonly StreamReceipt[]> {
  const carriers = store.carriers.filter((carrier) => {
    // The start that waits for the transaction catches it up.
    return carrier.concerns(writes) && !store.underWay.isBefore(carrier.since, transaction)
  })
  if (carriers.length === 0) return store.adapter.append(writes, transaction)
  await Promise.all(carriers.map(({ ready }) => ready))
  return transaction === undefined
    ? store.adapter.transaction((own) => appendAndApply(store, carriers, writes, own))
    : withinSavepoint(store.adapter, transaction, () => appendAndApply(store, carriers, writes, transaction))
}

/** Undoes a part that fails, should the caller go on with the transaction nevertheless. */
async function withinSavepoint<Transaction, Result>(
  { sql }: StoreAdapter<Transaction>,
  transaction: Transaction,
  work: () => Promise<Result>,
): Promise<Result> {
  if (sql === undefined) return work()
  await sql.run('SAVEPOINT eventfold_append', transaction)
  try {
    const result = await work()
    await sql.run('RELEASE SAVEPOINT eventfold_append', transaction)
    return result
  } catch (error) {
    // Should this fail too, the transaction is broken, and cannot commit.
    await sql.run('ROLLBACK TO SAVEPOINT eventfold_append', transaction).catch(() => {})
    throw error
  }
}

async function appendAndApply<Transaction>(
  { adapter, decoder }: CarryingStore<Transaction>,
  carriers: readonly InlineCarrier<Transaction>[],
  writes: readonly StreamWrite[],
  transaction: Transaction,
): Promise<readonly StreamReceipt[]> {
  await adapter.enter?.(transaction)
  const locked = []
  for (const carrier of carriers) locked.push({ carrier, state: await carrier.lock(transaction) })
  const receipts = await adapter.append(writes, transaction)
  // Events that were stored before were applied before.
  if (receipts.every(({ duplicate }) => duplicate)) return receipts
  const events: RecordedEvent[] = []
  for (const [index, { stream, version }] of receipts.entries()) {
    const count = writes[index]?.events.length ?? 0
    const query = { stream, from: version - count + 1, to: version, backwards: false, limit: count }
    events.push(...decoder.all(await adapter.readStream(query, transaction)))
  }
  events.sort((a, b) => a.position - b.position)
  for (const { carrier, state } of locked) await carrier.apply(state, events, transaction)
  return receipts
}
