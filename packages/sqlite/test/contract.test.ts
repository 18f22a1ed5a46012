import { registerEventStoreContract } from '@eventfold/testing/contract'
import { describe, test } from 'vitest'
import { createStorage } from './storage.ts'

registerEventStoreContract({ describe, test }, { name: 'sqlite', createStorage: () => createStorage() })

/** A thread of its own changes how writes get to the file, and nothing else; starting one takes a while. */
const topicsWithThread = new Set([
  'atomicity',
  'concurrency',
  'idempotency',
  'idempotency under races',
  'transfer',
  'closed streams',
  'wake-up',
])

registerEventStoreContract(
  {
    test,
    describe(name, body) {
      if (name.startsWith('sqlite') || topicsWithThread.has(name)) describe(name, body)
    },
  },
  { name: 'sqlite with a worker thread', createStorage: () => createStorage({ workerThread: true }) },
)
