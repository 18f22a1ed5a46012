import { registerEventStoreContract } from '@eventfold/testing/contract'
import { describe, test } from 'vitest'
import { storages } from './storage.ts'

registerEventStoreContract({ describe, test }, { name: 'postgres', createStorage: await storages() })
