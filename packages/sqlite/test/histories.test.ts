import { checkHistories, checkPayloads, checkRaces } from '@eventfold/testing/histories'
import { test } from 'vitest'
import { createStorage } from './storage.ts'

const storage = () => createStorage()

test('random histories are answered as the model answers', () => checkHistories(storage, { runs: 60 }))
test('random payloads come back or are refused', () => checkPayloads(storage, { runs: 300 }))
test('random races keep what was acknowledged', () => checkRaces(storage, { runs: 10 }))
