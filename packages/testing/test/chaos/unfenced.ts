import { EventStore } from '@eventfold/core'
import type { DocumentAdapter } from '@eventfold/core/adapter'

/** The same store, where every write of a document succeeds, whatever the writer believed. */
export function unfenced(store: EventStore): EventStore {
  const { adapter } = store
  const documents = adapter.documents as DocumentAdapter
  const write = documents.write.bind(documents)
  documents.write = (writes, transaction, options) =>
    write(
      writes.map(({ expected: _, ...rest }) => rest),
      transaction,
      options,
    )
  return new EventStore(adapter)
}
