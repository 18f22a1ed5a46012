import { checkHistories, checkPayloads, checkRaces } from '@eventfold/testing/histories'
import { test } from 'vitest'
import { storages } from './storage.ts'

const createStorage = await storages()

test('random histories are answered as the model answers', () => checkHistories(createStorage, { runs: 60 }))
test('random payloads come back or are refused', () => checkPayloads(createStorage, { runs: 300 }))
test('random races keep what was acknowledged', () => checkRaces(createStorage, { runs: 10 }))
