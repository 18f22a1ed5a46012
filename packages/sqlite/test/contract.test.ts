import { registerEventStoreContract } from '@eventfold/testing/contract'
import { describe, test } from 'vitest'
import { createStorage } from './storage.ts'

registerEventStoreContract({ describe, test }, { name: 'sqlite', createStorage: () => createStorage() })

/** A thread of its own changes how writes get to the file, and nothing else; starting one takes a while. */
const topicsWithThread = new Set([
  'atomicity',
  'concurrency',
  'idempotency under races',
  'closed streams',
  'wake-up',
])
/** Of the others, what goes through the thread in a way of its own. */
const casesWithThread = /^\[1\] an import|is read as it was recorded|are read as they were recorded/

let isWhole = true

registerEventStoreContract(
  {
    test(title, body) {
      if (isWhole || casesWithThread.test(title)) test(title, body)
    },
    describe(name, body) {
      const isTopic = !name.startsWith('sqlite')
      if (isTopic && !topicsWithThread.has(name) && name !== 'transfer') return
      describe(name, () => {
        if (isTopic) isWhole = topicsWithThread.has(name)
        body()
      })
    },
  },
  { name: 'sqlite with a worker thread', createStorage: () => createStorage({ workerThread: true }) },
)
