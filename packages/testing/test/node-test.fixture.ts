import { describe, test } from 'node:test'
import { openMemory } from '@eventfold/memory'
import { registerEventStoreContract } from '@eventfold/testing/contract'

registerEventStoreContract(
  { describe, test },
  { name: 'memory', createStorage: () => ({ open: openMemory }) },
)
