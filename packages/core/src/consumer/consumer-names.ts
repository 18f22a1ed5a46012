import { UnsupportedError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import { ConsumerDocuments } from './consumer-documents.ts'

/**
 * The names of all consumers that have been started on a store, in order: also those of read models (`name#1`), sagas
 * (`saga:name`), outboxes (`outbox:name`) and command queues (`commands:name`). For tools.
 *
 * @throws UnsupportedError the store keeps no documents; StoreUnavailableError, StoreClosedError, StoreFailureError
 * @example
 * for (const name of await consumerNames(store)) print(name)
 */
export async function consumerNames(store: EventStore): Promise<readonly string[]> {
  const { documents, name } = store.adapter
  if (documents === undefined) throw new UnsupportedError(`A ${name} store keeps no consumers.`)
  const own = new ConsumerDocuments(documents, '')
  return (await own.all(own.consumer.collection)).map(({ key }) => key)
}
