import { openMemory } from '@eventfold/memory'
import { registerEventStoreContract } from '@eventfold/testing/contract'
import { describe, test } from 'vitest'

registerEventStoreContract(
  { describe, test },
  { name: 'memory', createStorage: () => ({ open: openMemory }) },
)
