import type { Consumer, ConsumerOptions, Delivery, EventStore, Processor } from '@eventfold/core'
import type { DocumentAdapter, StoreAdapter } from '@eventfold/core/adapter'
import { openMemory } from '@eventfold/memory'
import { onTestFinished } from 'vitest'

/** The time of the storage, which tests move on instead of waiting for a lease to run out. */
export interface TestClock {
  now: number
}

/** A memory store whose time stands still until a test moves it. */
export function storeWithClock(): {
  readonly store: ReturnType<typeof openMemory>
  readonly clock: TestClock
} {
  const clock: TestClock = { now: Date.parse('2026-01-01') }
  const store = openMemory({ clock: () => new Date(clock.now) })
  store.adapter.now = async () => clock.now
  return { store, clock }
}

/** Appends so many events to a stream, and resolves with the position of the last. */
export async function append(store: EventStore, stream: string, count = 1): Promise<number> {
  const events = Array.from({ length: count }, (_, index) => ({ type: 'Happened', data: { index } }))
  return (await store.append(stream, events)).position
}

export function documentsOf<Transaction>({ adapter }: EventStore<Transaction>): DocumentAdapter<Transaction> {
  return adapter.documents as DocumentAdapter<Transaction>
}

/** A read model that would show every repetition and every gap: the ids of the events of each stream, in order. */
export function listingProcessor<Transaction>(
  adapter: StoreAdapter<Transaction>,
  check: (delivery: Delivery, transaction: Transaction) => unknown = () => {},
): Processor<Transaction> & { readonly apply: NonNullable<Processor<Transaction>['apply']> } {
  const documents = adapter.documents as DocumentAdapter<Transaction>
  return {
    apply: async (deliveries, transaction) => {
      for (const delivery of deliveries) {
        await check(delivery, transaction)
        for (const key of delivery.keys) {
          const place = { collection: 'lists', key }
          const [text] = await documents.read([place], { transaction, lock: true })
          const data = text === undefined ? delivery.event.id : `${text} ${delivery.event.id}`
          await documents.write([{ ...place, data }], transaction)
        }
      }
    },
  }
}

/** What `listingProcessor` has made, by stream. */
export async function lists(store: EventStore): Promise<Record<string, string>> {
  const query = { collection: 'lists', where: [], backwards: false, limit: 10_000 }
  const found = await documentsOf(store).find(query)
  return Object.fromEntries(found.map(({ key, data }) => [key, data]))
}

/** What it should have made of the log. */
export async function expectedLists(store: EventStore): Promise<Record<string, string>> {
  const expected: Record<string, string> = {}
  for await (const batch of store.readLogInBatches()) {
    for (const { stream, id } of batch) {
      const before = expected[stream]
      expected[stream] = before === undefined ? id : `${before} ${id}`
    }
  }
  return expected
}

/** Stops a consumer at the end of the test. */
export function stopAtEnd<C extends Consumer>(consumer: C): C {
  onTestFinished(() => consumer.stop())
  return consumer
}

/** Options under which nothing in a test has to wait. */
export const quick: ConsumerOptions = {
  retry: { firstPause: 1, longestPause: 2 },
  batchInterval: 0,
  stopTimeout: 50,
}
