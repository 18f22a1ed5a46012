import { EventStore, StoreClosedError } from '@eventfold/core'
import type { StoreAdapter } from '@eventfold/core/adapter'

/** What calls of a store that "dies" throw: as from the process that is no more, for good. */
export class Crashed extends StoreClosedError {}

/**
 * Another instance on the same storage, which dies at the n-th call that touches it: that call fails, before or after
 * it has done its work, and so do all that follow.
 */
export function crashingStore<Transaction>(
  store: EventStore<Transaction>,
  dieAt: number,
  when: 'before' | 'after',
): {
  readonly store: EventStore<Transaction>
  readonly calls: () => number
  /** Lets it die at so many calls from now. */
  readonly dieIn: (more: number) => void
} {
  let calls = 0
  let last = dieAt
  const dead = (): never => {
    throw new Crashed()
  }

  function guard<Arguments extends readonly unknown[], Result>(
    method: (...given: Arguments) => Promise<Result>,
  ): (...given: Arguments) => Promise<Result> {
    return async (...given) => {
      calls++
      const isLast = calls === last
      if (calls > last || (isLast && when === 'before')) dead()
      const result = await method(...given)
      return isLast || calls > last ? dead() : result
    }
  }

  const { adapter } = store
  const { documents } = adapter
  if (documents === undefined) throw new Error('The store keeps no documents.')
  const crashing: StoreAdapter<Transaction> = {
    name: adapter.name,
    capabilities: adapter.capabilities,
    append: guard((...given) => adapter.append(...given)),
    readStream: guard((...given) => adapter.readStream(...given)),
    readFold: guard((...given) => adapter.readFold(...given)),
    streamInfo: guard((...given) => adapter.streamInfo(...given)),
    readLog: guard((...given) => adapter.readLog(...given)),
    head: guard(() => adapter.head()),
    onAppend: (listener) => adapter.onAppend(listener),
    wakeUp: () => adapter.wakeUp(),
    now: guard(() => adapter.now()),
    transaction: guard(adapter.transaction.bind(adapter)) as StoreAdapter<Transaction>['transaction'],
    close: async () => {},
    documents: {
      read: guard((...given) => documents.read(...given)),
      write: guard((...given) => documents.write(...given)),
      find: guard((...given) => documents.find(...given)),
      count: guard((...given) => documents.count(...given)),
      clear: guard((...given) => documents.clear(...given)),
    },
  }
  return {
    store: new EventStore(crashing),
    calls: () => calls,
    dieIn: (more) => {
      last = calls + more
    },
  }
}
