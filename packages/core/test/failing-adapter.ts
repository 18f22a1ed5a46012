import { EventStore, StoreUnavailableError } from '@eventfold/core'
import type { DocumentAdapter, StoreAdapter } from '@eventfold/core/adapter'

/**
 * - `refuse`: the call does nothing and says so
 * - `lose`: the call is done, and its reply is lost
 * - `die`: the process is gone: nothing of the call is done, and no call answers any more
 * - `die-after`: the same after the call was done
 */
export type Fault = 'refuse' | 'lose' | 'die' | 'die-after'

/** A second instance on the same storage, whose calls fail as planned. */
export interface FailingStore<Transaction> {
  readonly store: EventStore<Transaction>
  /** How many calls were made. */
  calls: number
  /** Whether its process is gone. What still runs of it must have no effect. */
  readonly isDead: boolean
  readonly died: Promise<void>
  /** Kills it now. */
  kill(): void
}

const never = new Promise<never>(() => {})

/** @param plan the fault of each call, by its number from 1; none where undefined */
export function failingStore<Transaction>(
  adapter: StoreAdapter<Transaction>,
  plan: (call: number) => Fault | undefined = () => undefined,
): FailingStore<Transaction> {
  const death = Promise.withResolvers<void>()
  const state = { isDead: false }
  const kill = () => {
    state.isDead = true
    death.resolve()
  }
  const documents = adapter.documents as DocumentAdapter<Transaction>

  /** Calls within a transaction are part of it: it ends with its process. */
  async function call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (state.isDead) return never
    failing.calls++
    const fault = plan(failing.calls)
    if (fault === 'die') kill()
    if (state.isDead) return never
    if (fault === 'refuse') throw new StoreUnavailableError('not-stored', 'refused by the test')
    const result = await work()
    if (fault === 'die-after') kill()
    if (state.isDead) return never
    if (fault === 'lose') throw new StoreUnavailableError('unknown', 'lost by the test')
    return result
  }

  const wrapped: StoreAdapter<Transaction> = {
    name: adapter.name,
    capabilities: adapter.capabilities,
    append: (writes, transaction) => call(() => adapter.append(writes, transaction)),
    readStream: (query, transaction) => call(() => adapter.readStream(query, transaction)),
    readFold: (query, transaction) => call(() => adapter.readFold(query, transaction)),
    streamInfo: (stream, transaction) => call(() => adapter.streamInfo(stream, transaction)),
    readLog: (query) => call(() => adapter.readLog(query)),
    head: () => call(() => adapter.head()),
    onAppend: (listener) => call(() => adapter.onAppend(listener)),
    wakeUp: () => adapter.wakeUp(),
    now: () => call(() => adapter.now()),
    transaction: (work, options) =>
      call(() => {
        const killed = death.promise.then(() => {
          throw new Error('The process of the transaction is gone.')
        })
        killed.catch(() => {})
        return adapter.transaction((transaction) => Promise.race([work(transaction), killed]), options)
      }).catch((error: unknown) => (state.isDead ? never : Promise.reject(error))),
    close: () => adapter.close(),
    documents: {
      read: (references, options) => call(() => documents.read(references, options)),
      write: (writes, transaction) => call(() => documents.write(writes, transaction)),
      find: (query, transaction) => call(() => documents.find(query, transaction)),
      count: (collection, where, transaction) => call(() => documents.count(collection, where, transaction)),
      clear: (collection, transaction) => call(() => documents.clear(collection, transaction)),
    },
  }
  const failing: FailingStore<Transaction> = {
    store: new EventStore(wrapped),
    calls: 0,
    get isDead() {
      return state.isDead
    },
    died: death.promise,
    kill,
  }
  return failing
}
