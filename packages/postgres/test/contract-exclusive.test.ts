import { registerEventStoreContract } from '@eventfold/testing/contract'
import { describe, test } from 'vitest'
import { storages } from './storage.ts'

const createStorage = await storages({ ordering: 'exclusive' })

/** The topics that the order of writers bears on. */
const topics = new Set([
  'atomicity',
  'concurrency',
  'global order',
  'idempotency under races',
  'subscriptions',
  'transactions',
  'transfer',
])

registerEventStoreContract(
  {
    test,
    describe(name, body) {
      if (name.startsWith('postgres') || topics.has(name)) describe(name, body)
    },
  },
  { name: 'postgres with exclusive ordering', createStorage },
)
